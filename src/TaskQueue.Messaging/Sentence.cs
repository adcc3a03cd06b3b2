namespace TaskQueue.Messaging;

/// <summary>Makes what brokers, libraries and others say fit into our sentences: whether it ends with a stop is their habit.</summary>
public static class Sentence
{
    /// <summary>A text with exactly one stop at its end, or the ellipsis that it was cut at, for what another sentence follows.</summary>
    /// <param name="text">The text.</param>
    public static string Whole(string text) => Part(text) is var part && part.EndsWith('…') ? part : $"{part}.";

    /// <summary>A text without a stop at its end, for what the sentence goes on behind.</summary>
    /// <param name="text">The text.</param>
    public static string Part(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.AsSpan().TrimEnd(". \r\n").ToString();
    }
}
