namespace TaskQueue.Messaging.Aside;

/// <summary>Which of the messages that were set aside are meant.</summary>
/// <param name="kind">Of which kind.</param>
/// <param name="ids">Their message ids; none for any.</param>
/// <param name="terms">What has to hold for them, all of it.</param>
internal sealed class AsideSelection(AsideKind kind, IReadOnlySet<string> ids, IReadOnlyList<MatchTerm> terms)
{
    private readonly HashSet<string> _found = [];

    /// <summary>Whether there is nothing to compare.</summary>
    public bool IsEverything => ids.Count == 0 && terms.Count == 0;

    /// <summary>The ids that no message had.</summary>
    public IEnumerable<string> NotFound => ids.Where(id => !_found.Contains(id));

    /// <summary>Whether a message is meant.</summary>
    public bool Takes(MessageProperties properties)
    {
        if ((ids.Count > 0 && (properties.MessageId is not { } id || !ids.Contains(id))) || !terms.All(term => term.Holds(properties, kind)))
        {
            return false;
        }

        if (ids.Count > 0)
        {
            _found.Add(properties.MessageId!);
        }

        return true;
    }
}
