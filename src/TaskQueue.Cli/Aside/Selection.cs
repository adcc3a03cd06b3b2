using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>Which messages a command means.</summary>
/// <param name="kind">Of which kind.</param>
/// <param name="ids">Their message ids; none for any.</param>
/// <param name="terms">What has to hold for them, all of it.</param>
/// <param name="isAll">Whether the user said <c>--all</c>.</param>
internal sealed class Selection(AsideKind kind, IReadOnlyList<string> ids, IReadOnlyList<MatchTerm> terms, bool isAll)
{
    private readonly HashSet<string> _ids = [.. ids];
    private readonly HashSet<string> _found = [];

    public bool IsAll => isAll;

    /// <summary>Whether there is nothing to compare.</summary>
    public bool IsEverything => _ids.Count == 0 && terms.Count == 0;

    /// <summary>The ids that no message had, as they were given.</summary>
    public IEnumerable<string> NotFound => ids.Distinct(StringComparer.Ordinal).Where(id => !_found.Contains(id));

    /// <summary>Whether a message is meant.</summary>
    public bool Takes(MessageProperties properties)
    {
        if (_ids.Count > 0 && (properties.MessageId is not { } id || !_ids.Contains(id)))
        {
            return false;
        }

        if (!terms.All(term => term.Holds(properties, kind)))
        {
            return false;
        }

        if (_ids.Count > 0)
        {
            _found.Add(properties.MessageId!);
        }

        return true;
    }
}
