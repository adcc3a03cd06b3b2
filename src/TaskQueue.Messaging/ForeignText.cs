namespace TaskQueue.Messaging;

/// <summary>Texts that others wrote, such as ids, errors and names, made fit to be shown to people.</summary>
public static class ForeignText
{
    /// <summary>Whether a character commands a terminal, ends a line, or hides or turns what stands beside it.</summary>
    /// <remarks>Control characters, the separators of lines and paragraphs, and the marks of the Unicode bidirectional algorithm (UAX #9, section 2).</remarks>
    public static bool IsHarmful(char c) => char.IsControl(c) || c is '\u061c' or '\u200e' or '\u200f' or (>= '\u2028' and <= '\u202e') or (>= '\u2066' and <= '\u2069') or '\ufeff';

    /// <summary>A text in one line, with a space for each harmful character.</summary>
    /// <param name="text">The text.</param>
    /// <param name="longest">The most characters; a longer text is cut, and ends with an ellipsis.</param>
    public static string Line(string text, int longest)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (text.Length <= longest)
        {
            return Harmless(text);
        }

        // Not between the halves of a character.
        var length = char.IsHighSurrogate(text[longest - 2]) ? longest - 2 : longest - 1;
        return Harmless(text[..length]) + "…";
    }

    private static string Harmless(string text) => text.Any(IsHarmful) ? string.Concat(text.Select(c => IsHarmful(c) ? ' ' : c)) : text;
}
