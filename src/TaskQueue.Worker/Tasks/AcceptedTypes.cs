namespace TaskQueue.Worker.Tasks;

/// <summary>The content types that a plugin takes, <see cref="BaseWorker.Accept"/>.</summary>
internal sealed class AcceptedTypes
{
    private const string Any = "*";

    private readonly IReadOnlyList<(string Type, string Subtype)> _patterns;

    private AcceptedTypes(IReadOnlyList<(string Type, string Subtype)> patterns) => _patterns = patterns;

    /// <summary>Reads patterns such as <c>image/*</c>.</summary>
    /// <exception cref="FormatException">One is not a pattern.</exception>
    public static AcceptedTypes Parse(IReadOnlyList<string>? patterns) =>
        new([.. (patterns ?? throw new FormatException("Accept is null; expected content types such as \"image/png\" or \"*/*\"")).Select(ParsePattern)]);

    /// <summary>Whether a work item is one of them, by its content type or by its work item type.</summary>
    public bool Accepts(WorkItem workItem) => Accepts(workItem.ContentType) || Accepts(workItem.WorkItemType);

    /// <summary>The patterns, for error messages.</summary>
    public override string ToString() => string.Join(", ", _patterns.Select(pattern => $"{pattern.Type}/{pattern.Subtype}"));

    private bool Accepts(string contentType)
    {
        var (type, subtype) = Split(contentType);
        return _patterns.Any(pattern => Matches(pattern.Type, type) && Matches(pattern.Subtype, subtype));
    }

    private static bool Matches(string pattern, string half) => pattern == Any || string.Equals(pattern, half, StringComparison.OrdinalIgnoreCase);

    private static (string Type, string Subtype) ParsePattern(string? pattern) =>
        Split(pattern ?? "") is { Type.Length: > 0, Subtype.Length: > 0 } halves
            ? halves
            : throw new FormatException($"Accept holds \"{pattern}\"; expected a content type such as \"image/png\", \"image/*\" or \"*/*\"");

    private static (string Type, string Subtype) Split(string contentType)
    {
        var parameters = contentType.IndexOf(';', StringComparison.Ordinal);
        var plain = (parameters < 0 ? contentType : contentType[..parameters]).Trim();
        var slash = plain.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? (plain, "") : (plain[..slash], plain[(slash + 1)..]);
    }
}
