namespace TaskQueue.Worker.Output;

/// <summary>Keeps texts of plugins within bounds.</summary>
internal static class Text
{
    private const string Cut = " [cut]";

    /// <summary>The text, or its beginning where it is longer than <paramref name="maxLength"/>.</summary>
    public static string Bound(string text, int maxLength)
    {
        if (text.Length <= maxLength)
        {
            return text;
        }

        var end = maxLength - Cut.Length;

        // Half a surrogate pair is not a character.
        return string.Concat(text.AsSpan(0, char.IsHighSurrogate(text[end - 1]) ? end - 1 : end), Cut);
    }

    /// <summary>The text, or its end where it is longer than <paramref name="maxLength"/>.</summary>
    /// <returns><see langword="null"/> when there is none.</returns>
    public static string? Tail(string text, int maxLength) => text.Length switch
    {
        0 => null,
        var length when length <= maxLength => text,
        var length => text[(char.IsLowSurrogate(text[length - maxLength]) ? length - maxLength + 1 : length - maxLength)..],
    };

    /// <summary>The text in one line of bounded length.</summary>
    public static string Line(string text, int maxLength) => Bound(Bound(text, 2 * maxLength).ReplaceLineEndings(" "), maxLength);
}
