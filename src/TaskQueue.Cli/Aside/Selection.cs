using TaskQueue.Cli.Ids;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>Which messages a command line means.</summary>
internal sealed class Selection
{
    private readonly AsideKind _kind;
    private readonly IReadOnlyList<MatchTerm> _terms;

    // What was typed, by the id that it means.
    private readonly Dictionary<string, string> _ids;

    /// <param name="kind">Of which kind.</param>
    /// <param name="texts">Their message ids, as they were typed; none for any.</param>
    /// <param name="terms">What has to hold for them, all of it.</param>
    /// <param name="isAll">Whether the user said <c>--all</c>.</param>
    public Selection(AsideKind kind, IReadOnlyList<string> texts, IReadOnlyList<MatchTerm> terms, bool isAll)
        : this(kind, texts.Distinct(StringComparer.Ordinal).ToDictionary(text => text, StringComparer.Ordinal), terms, isAll)
    {
    }

    private Selection(AsideKind kind, Dictionary<string, string> ids, IReadOnlyList<MatchTerm> terms, bool isAll)
    {
        (_kind, _ids, _terms, IsAll) = (kind, ids, terms, isAll);
        Messages = new AsideSelection(kind, ids.Keys.ToHashSet(StringComparer.Ordinal), terms);
    }

    public bool IsAll { get; }

    /// <summary>The messages that have the ids as they are, until <see cref="WithMeanings"/> has found whole ones.</summary>
    public AsideSelection Messages { get; }

    /// <summary>The ids as they were typed.</summary>
    public IEnumerable<string> Texts => _ids.Values;

    /// <summary>The ids that no message had, as they were typed.</summary>
    public IReadOnlyList<string> NotFound => [.. Messages.NotFound.Select(id => _ids[id])];

    /// <summary>The selection of what the texts mean. One without a meaning is an id that no message has.</summary>
    public Selection WithMeanings(WantedIds wanted)
    {
        var ids = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var text in Texts)
        {
            ids.TryAdd(wanted.MeaningOf(text) ?? text, text);
        }

        return new Selection(_kind, ids, _terms, IsAll);
    }
}
