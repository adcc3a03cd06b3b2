namespace TaskQueue.Messaging.Aside;

/// <summary>A condition for messages that were set aside.</summary>
/// <param name="Key">What is compared.</param>
/// <param name="Value">With what; case does not count.</param>
internal sealed record MatchTerm(string Key, string Value)
{
    /// <summary>Reads <c>KEY=VALUE</c>.</summary>
    /// <returns>The condition, or <see langword="null"/> when it is none.</returns>
    public static MatchTerm? Parse(string text, AsideKind kind) =>
        text.Split('=', 2) is [var key, { Length: > 0 } value] && kind.MatchKeys.Contains(key) ? new MatchTerm(key, value) : null;

    /// <summary>Whether a message is meant.</summary>
    public bool Holds(MessageProperties properties, AsideKind kind) => Key switch
    {
        // Reasons of rejections are sentences, those of burials words.
        "reason" when kind == AsideKind.Rejected => Contains(properties.HeaderText(HeaderNames.Reason)),
        "reason" => Equals(properties.HeaderText(HeaderNames.Reason)),
        "error" => Contains(properties.HeaderText(HeaderNames.Error)),
        "type" => Equals(properties.HeaderText(HeaderNames.UnroutableType)),
        "host" => Equals(properties.HeaderText(HeaderNames.Host)),
        _ => Equals(properties.HeaderText(HeaderNames.Worker)),
    };

    private bool Contains(string? text) => text?.Contains(Value, StringComparison.OrdinalIgnoreCase) == true;

    private bool Equals(string? text) => string.Equals(text, Value, StringComparison.OrdinalIgnoreCase);
}
