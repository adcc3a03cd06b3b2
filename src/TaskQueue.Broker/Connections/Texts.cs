using System.Text;
using TaskQueue.Amqp;

namespace TaskQueue.Broker.Connections;

/// <summary>Texts that have to fit.</summary>
internal static class Texts
{
    private const string More = "...";

    /// <summary>As much of a text as a short string holds.</summary>
    public static string Short(string text)
    {
        if (ShortString.Fits(text))
        {
            return text;
        }

        var cut = new StringBuilder();
        var bytes = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > ShortString.MaxBytes - More.Length)
            {
                break;
            }

            cut.Append(rune.ToString());
        }

        return cut.Append(More).ToString();
    }
}
