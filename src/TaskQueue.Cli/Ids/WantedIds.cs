namespace TaskQueue.Cli.Ids;

/// <summary>Message ids as somebody typed them, whole or by their beginning as git takes them, and the ids seen so far that they may mean.</summary>
/// <remarks>An id that was typed whole is meant, whatever else begins with it. A beginning means the only id that begins with it.</remarks>
internal sealed class WantedIds
{
    /// <summary>Shorter texts are whole ids or none: they would mean something else before long.</summary>
    public const int ShortestBeginning = 4;

    // Somebody has to read them.
    private const int MostCandidates = 10;

    private const int LongestShown = 255;

    private readonly Dictionary<string, Candidates> _texts;
    private readonly Candidates[] _beginnings;
    private int _whole;

    /// <param name="texts">What was typed.</param>
    public WantedIds(IEnumerable<string> texts)
    {
        _texts = texts.Distinct(StringComparer.Ordinal).ToDictionary(text => text, text => new Candidates(text), StringComparer.Ordinal);
        _beginnings = [.. _texts.Values.Where(candidates => MayBeBeginning(candidates.Text))];
    }

    /// <summary>What was typed, each once.</summary>
    public IReadOnlyCollection<string> Texts => _texts.Keys;

    /// <summary>Whether some of it may be no more than a beginning, so that all has to be seen before one knows what it means.</summary>
    public bool HasBeginnings => _beginnings.Length > 0;

    /// <summary>Whether each was seen as a whole id: nothing more has to be looked at.</summary>
    public bool AreAllSeenWhole => _whole == _texts.Count;

    /// <summary>Whether a text may be the beginning of an id: a UUID, as TaskQueue itself gives them, is whole.</summary>
    public static bool MayBeBeginning(string text) =>
        text.Length >= ShortestBeginning && !Guid.TryParseExact(text, "N", out _) && !Guid.TryParseExact(text, "D", out _);

    /// <summary>Takes note of an id that there is.</summary>
    /// <returns>Whether it may be meant.</returns>
    public bool See(string id)
    {
        var isWanted = false;
        if (_texts.TryGetValue(id, out var whole))
        {
            _whole += whole.IsSeenWhole ? 0 : 1;
            whole.IsSeenWhole = true;
            isWanted = true;
        }

        foreach (var candidates in _beginnings)
        {
            if (!candidates.IsSeenWhole && id.StartsWith(candidates.Text, StringComparison.Ordinal))
            {
                isWanted |= candidates.Add(id);
            }
        }

        return isWanted;
    }

    /// <summary>The id that a text means, of those seen so far.</summary>
    /// <returns>The id; <see langword="null"/> when there is none, or several begin with it.</returns>
    public string? MeaningOf(string text) => _texts[text] switch
    {
        { IsSeenWhole: true } => text,
        { Ids: [var only], AreMore: false } => only,
        _ => null,
    };

    /// <summary>The texts that no id is, or begins with.</summary>
    public IReadOnlyList<string> Unknown => [.. _texts.Values.Where(candidates => candidates is { IsSeenWhole: false, Ids.Count: 0 }).Select(candidates => candidates.Text)];

    /// <summary>Says which ids are meant by what means several.</summary>
    /// <exception cref="CommandFailedException">There is such a text; a usage error, which names them.</exception>
    public void ThrowIfAmbiguous()
    {
        if (_texts.Values.FirstOrDefault(candidates => candidates is { IsSeenWhole: false, Ids.Count: > 1 }) is { } several)
        {
            var ids = several.Ids.Order(StringComparer.Ordinal).Select(id => $"\n  {PlainText.Line(id, LongestShown)}");
            throw new CommandFailedException(
                ExitCodes.Usage,
                $"ID \"{PlainText.Line(several.Text, LongestShown)}\" is ambiguous, {(several.AreMore ? "more than " : "")}{several.Ids.Count} ids begin with it; expected more of the id:{string.Concat(ids)}{(several.AreMore ? "\n  ..." : "")}");
        }
    }

    private sealed class Candidates(string text)
    {
        public string Text => text;

        public bool IsSeenWhole { get; set; }

        public List<string> Ids { get; } = [];

        public bool AreMore { get; private set; }

        public bool Add(string id)
        {
            if (Ids.Contains(id))
            {
                return true;
            }

            if (Ids.Count == MostCandidates)
            {
                AreMore = true;
                return false;
            }

            Ids.Add(id);
            return true;
        }
    }
}
