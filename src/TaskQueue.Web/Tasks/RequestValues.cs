using System.Globalization;
using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Tasks;

/// <summary>What a request says beside its body: each value in the query (<c>?delay=30s</c>) or in a header (<c>TaskQueue-Delay: 30s</c>).</summary>
/// <param name="request">The request.</param>
internal sealed class RequestValues(HttpRequest request)
{
    private const string HeaderPrefix = "TaskQueue-";

    /// <summary>Refuses what nobody would read.</summary>
    /// <param name="known">The names that mean something here.</param>
    /// <exception cref="BadHttpRequestException">There is another one.</exception>
    public void RequireKnown(IReadOnlyCollection<string> known)
    {
        foreach (var name in request.Query.Keys.Where(name => !known.Contains(name)))
        {
            var remedy = Spelling.Nearest(name, known, most: 2) is { } near ? $"Did you mean {near}?" : $"Known are {string.Join(", ", known)}.";
            throw Problems.Bad($"Parameter \"{name}\": there is no such. {remedy}");
        }
    }

    /// <summary>A text, if it is there.</summary>
    /// <exception cref="BadHttpRequestException">It is there more than once, or empty.</exception>
    public string? Text(string name)
    {
        var header = HeaderPrefix + name.Replace('_', '-');
        var values = request.Query[name].Concat(request.Headers[header]).ToList();
        return values switch
        {
            [] => null,
            [{ Length: > 0 } value] => value,
            [_] => throw Problems.Bad($"Parameter \"{name}\" is empty."),
            _ => throw Problems.Bad($"Parameter \"{name}\" is there more than once (the header {header} counts, too)."),
        };
    }

    /// <summary>A duration, if it is there.</summary>
    public TimeSpan? Duration(string name) => Text(name) is { } text
        ? ConfigurationText.ReadDuration(text) ?? throw Expected(name, text, "a duration such as 500ms, 30s, 5m, 1h or 1d")
        : null;

    /// <summary>A point in time, if it is there.</summary>
    public DateTimeOffset? Instant(string name) => Text(name) is { } text
        ? DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) && text.Contains('T', StringComparison.Ordinal)
            ? time
            : throw Expected(name, text, "a time such as 2027-01-31T18:30:00Z")
        : null;

    /// <summary>A whole number, if it is there.</summary>
    public int? Number(string name, int from, int to) => Text(name) is { } text
        ? int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= from && number <= to
            ? number
            : throw Expected(name, text, $"a number from {from} to {to}")
        : null;

    /// <summary>Whether something is wanted.</summary>
    public bool Flag(string name) => Text(name) switch
    {
        null => false,
        "true" or "yes" or "1" => true,
        "false" or "no" or "0" => false,
        { } text => throw Expected(name, text, "true or false"),
    };

    private static BadHttpRequestException Expected(string name, string text, string what) => Problems.Bad($"Parameter \"{name}\" is \"{text}\": expected {what}.");
}
