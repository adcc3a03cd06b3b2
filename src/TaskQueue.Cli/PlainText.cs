using System.Text;
using TaskQueue.Messaging;

namespace TaskQueue.Cli;

/// <summary>Texts that others wrote, made fit to print: a terminal obeys control characters, and those are not ours.</summary>
internal static class PlainText
{
    /// <summary>In one line, cut to a length.</summary>
    public static string Line(string? text, int length) => ForeignText.Line(text ?? "", length).Trim();

    /// <summary>With its line ends.</summary>
    public static string Lines(string text) =>
        string.Concat(text.Replace("\r\n", "\n", StringComparison.Ordinal).Select(c => ForeignText.IsHarmful(c) && c is not '\n' and not '\t' ? '·' : c));

    /// <summary>Columns of text, for pipes and files.</summary>
    /// <param name="rows">The headings and the rows, with as many cells each.</param>
    /// <param name="right">Which columns are numbers.</param>
    public static string Columns(IReadOnlyList<IReadOnlyList<string>> rows, params ReadOnlySpan<int> right)
    {
        var text = new StringBuilder();
        var widths = rows[0].Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            var start = text.Length;
            for (var column = 0; column < widths.Length; column++)
            {
                text.Append(column == 0 ? "" : "  ")
                    .Append(right.Contains(column) ? row[column].PadLeft(widths[column]) : row[column].PadRight(widths[column]));
            }

            var end = text.Length;
            while (end > start && text[end - 1] == ' ')
            {
                end--;
            }

            text.Length = end;
            text.Append('\n');
        }

        return text.ToString();
    }
}
