using Microsoft.AspNetCore.Http;
using TaskQueue.Messaging.Aside;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Aside;

/// <summary>Which messages that were set aside somebody means, as it stands in an address.</summary>
/// <param name="Kind">Of which kind.</param>
/// <param name="Type">The worker type, for a kind that has a queue for each; <see langword="null"/> for all of them.</param>
/// <param name="Ids">Their message ids; none for any.</param>
/// <param name="Terms">What has to hold for them.</param>
internal sealed record AsideFilter(AsideKind Kind, string? Type, IReadOnlyList<string> Ids, IReadOnlyList<MatchTerm> Terms)
{
    private const int MostIds = 1000;

    /// <summary>Whether there is nothing to compare.</summary>
    public bool IsEverything => Ids.Count == 0 && Terms.Count == 0;

    /// <summary>What stands in an address for it.</summary>
    public IEnumerable<(string Name, string Value)> Values => [
        .. Type is null ? [] : new[] { ("type", Type) },
        .. Ids.Select(id => ("id", id)),
        .. Terms.Select(term => (term.Key, term.Value)),
    ];

    /// <summary>The names of values that mean something in an address.</summary>
    public static IReadOnlyList<string> NamesOf(AsideKind kind) => [.. kind.HasTypes ? ["type"] : (string[])[], "id", .. kind.MatchKeys];

    /// <summary>Reads of which kind they are.</summary>
    /// <exception cref="BadHttpRequestException">There is no such kind.</exception>
    public static AsideKind KindIn(Func<string, string?> value) =>
        AsideKind.All.FirstOrDefault(kind => kind.Name == value("kind")) ?? throw Problems.Bad($"Parameter \"kind\": expected {string.Join(", ", AsideKind.All.Select(kind => kind.Name))}.");

    /// <summary>Reads it.</summary>
    /// <param name="kind">Of which kind.</param>
    /// <param name="value">A value that can be there once.</param>
    /// <param name="ids">The message ids.</param>
    /// <exception cref="BadHttpRequestException">There are too many ids, or the worker type is none.</exception>
    public static AsideFilter Read(AsideKind kind, Func<string, string?> value, IEnumerable<string?> ids)
    {
        var type = kind.HasTypes ? value("type") : null;
        if (type is not null && !WorkerTypeName.IsValid(type))
        {
            throw Problems.Bad($"Parameter \"type\" is \"{type}\": expected {WorkerTypeName.Rule}.");
        }

        var distinct = ids.OfType<string>().Distinct(StringComparer.Ordinal).ToList();
        return distinct.Count <= MostIds
            ? new AsideFilter(kind, type, distinct, [.. kind.MatchKeys.Select(key => (Key: key, Text: value(key))).Where(term => term.Text is not null).Select(term => new MatchTerm(term.Key, term.Text!))])
            : throw Problems.Bad($"Parameter \"id\": expected at most {MostIds} of them.");
    }

    /// <summary>Requires that a caller may see what it means.</summary>
    /// <exception cref="BadHttpRequestException">It may not.</exception>
    public void Require(Caller caller)
    {
        if (!Kind.HasTypes)
        {
            // Nobody knows whose they would have been.
            caller.RequireAllTypes();
        }
        else if (Type is not null)
        {
            caller.RequireType(Type);
        }
    }

    /// <summary>What decides on each message, and knows afterwards which ids none had.</summary>
    public AsideSelection ToSelection() => new(Kind, Ids.ToHashSet(StringComparer.Ordinal), Terms);

    /// <summary>For people.</summary>
    public override string ToString() => Values.Any() ? $"{Kind.Name}: {string.Join(", ", Values.Select(pair => $"{pair.Name} = {pair.Value}"))}" : $"{Kind.Name}: all";
}
