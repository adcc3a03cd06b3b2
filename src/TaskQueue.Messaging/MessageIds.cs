using System.Security.Cryptography;
using System.Text;

namespace TaskQueue.Messaging;

/// <summary>Ids of messages that others turned into.</summary>
public static class MessageIds
{
    /// <summary>The longest id there can be, in bytes of UTF-8: AMQP knows no longer short string.</summary>
    public const int LongestBytes = 255;

    private const string ResultSuffix = ".result";

    private const int HashBytes = 16;

    /// <summary>The id of a task's result; the same each time, so that copies are recognisable.</summary>
    /// <param name="id">The task's id.</param>
    /// <param name="number">Which of its results: 1 for the first.</param>
    /// <returns><c>ID.result</c>, then <c>ID.result.2</c>. Of an id that leaves no room for it, the beginning and a hash of it all.</returns>
    public static string OfResult(string id, int number = 1) => Derived(id, number == 1 ? ResultSuffix : $"{ResultSuffix}.{number}");

    /// <summary>The id of the task that a result is of.</summary>
    /// <param name="result">The id of the result.</param>
    /// <returns>What <see cref="OfResult"/> made it of; of a very long id no more than its beginning is left. <see langword="null"/> when it is no result's.</returns>
    public static string? OfTask(string result)
    {
        ArgumentNullException.ThrowIfNull(result);
        var end = result.LastIndexOf(ResultSuffix, StringComparison.Ordinal);
        var number = end < 0 ? default : result.AsSpan(end + ResultSuffix.Length);
        return end > 0 && (number.IsEmpty || (number[0] == '.' && number.Length > 1 && !number[1..].ContainsAnyExceptInRange('0', '9'))) ? result[..end] : null;
    }

    private static string Derived(string id, string suffix)
    {
        ArgumentNullException.ThrowIfNull(id);
        var room = LongestBytes - suffix.Length;
        if (id.Length <= room / 3 || Encoding.UTF8.GetByteCount(id) <= room)
        {
            return id + suffix;
        }

        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(id)).AsSpan(0, HashBytes));
        var head = 0;
        var bytes = hash.Length + 1;
        foreach (var rune in id.EnumerateRunes())
        {
            bytes += rune.Utf8SequenceLength;
            if (bytes > room)
            {
                break;
            }

            head += rune.Utf16SequenceLength;
        }

        return $"{id.AsSpan(0, head)}~{hash}{suffix}";
    }
}
