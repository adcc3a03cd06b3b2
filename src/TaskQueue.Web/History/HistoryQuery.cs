using System.Globalization;
using Microsoft.AspNetCore.Http;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.History;

/// <summary>Which tasks somebody looks for: the newest first, one page after the other.</summary>
internal sealed record HistoryQuery
{
    /// <summary>The names of its parameters.</summary>
    public static readonly string[] Parameters = ["type", "outcome", "host", "from", "to", "id", "error", "limit", "before"];

    private const int LongestText = 255, MostTasks = 500, UsualTasks = 50;

    /// <summary>The worker type.</summary>
    public string? Type { get; init; }

    /// <summary>How the last run ended.</summary>
    public string? Outcome { get; init; }

    /// <summary>The host of the last run.</summary>
    public string? Host { get; init; }

    /// <summary>The first millisecond.</summary>
    public long? From { get; init; }

    /// <summary>The millisecond after the last.</summary>
    public long? To { get; init; }

    /// <summary>What the message id begins with.</summary>
    public string? Id { get; init; }

    /// <summary>What occurs in the error; the case of ASCII letters does not matter.</summary>
    public string? Error { get; init; }

    /// <summary>The most tasks.</summary>
    public int Limit { get; init; } = UsualTasks;

    /// <summary>Where the page before ended.</summary>
    public HistoryPlace? Before { get; init; }

    /// <summary>The worker types that may be seen, or <see langword="null"/> for all.</summary>
    public IReadOnlySet<string>? Allowed { get; init; }

    /// <summary>Reads it.</summary>
    /// <exception cref="BadHttpRequestException">It is none.</exception>
    public static HistoryQuery Read(HttpRequest request)
    {
        var values = new RequestValues(request);
        values.RequireKnown(Parameters);
        return new HistoryQuery
        {
            Type = Bounded("type"),
            Outcome = Bounded("outcome"),
            Host = Bounded("host"),
            From = values.Instant("from")?.ToUnixTimeMilliseconds(),
            To = values.Instant("to")?.ToUnixTimeMilliseconds(),
            Id = Bounded("id"),
            Error = Bounded("error"),
            Limit = values.Number("limit", 1, MostTasks) ?? UsualTasks,
            Before = values.Text("before") is { } place ? HistoryPlace.Read(place) ?? throw Problems.Bad("Parameter \"before\": expected what \"next\" of a page says.") : null,
        };

        string? Bounded(string name) => values.Text(name) switch
        {
            { Length: > LongestText } => throw Problems.Bad($"Parameter \"{name}\": expected at most {LongestText} characters."),
            { } text when text.Contains('\0', StringComparison.Ordinal) => throw Problems.Bad($"Parameter \"{name}\" contains a zero character."),
            var text => text,
        };
    }
}

/// <summary>A place in the list of all tasks. It stays the same, whatever happens to them.</summary>
/// <param name="At">The milliseconds of the task there.</param>
/// <param name="Id">Its number, which tells apart those of the same millisecond.</param>
internal sealed record HistoryPlace(long At, long Id)
{
    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static HistoryPlace? Read(string text)
    {
        var parts = text.Split('.');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var at) && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new HistoryPlace(at, id)
            : null;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{At}.{Id}");
}
