using Microsoft.AspNetCore.Http;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Audit;

/// <summary>Something that somebody has done.</summary>
/// <param name="Who">The name of the caller.</param>
/// <param name="Address">Where that was from.</param>
/// <param name="Action">What, such as <c>cancel</c>.</param>
/// <param name="Target">To what: an id, a worker type, or a filter, as text.</param>
/// <param name="Outcome">What came of it, one of <see cref="AuditOutcomes"/>.</param>
internal sealed record AuditEntry(string Who, string Address, string Action, string Target, string Outcome)
{
    private const int LongestText = 1000, MostItems = 100;

    /// <summary>Its number; 0 before it is kept.</summary>
    public long Number { get; init; }

    /// <summary>When: milliseconds since 1970; 0 before it is kept.</summary>
    public long At { get; init; }

    /// <summary>How many tasks, services or other things it concerned, where that is known.</summary>
    public long? Count { get; init; }

    /// <summary>What became of each of them; the first hundred.</summary>
    public IReadOnlyList<AuditItem> Items { get; init; } = [];

    /// <summary>Of whoever makes a request.</summary>
    public static AuditEntry Of(HttpContext context, string action, string target, string outcome) =>
        new(Caller.In(context)?.Name ?? "", AddressOf(context), action, target, outcome);

    /// <summary>Where a request is from.</summary>
    public static string AddressOf(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "";

    /// <summary>The same, with nothing in it that is longer than people read.</summary>
    public AuditEntry Bounded() => this with
    {
        Who = Short(Who),
        Target = Short(Target),
        Outcome = Short(Outcome),
        Items = [.. Items.Take(MostItems).Select(item => new AuditItem(Short(item.What), item.IsDone, Short(item.Text)))],
    };

    private static string Short(string text) => text.Length <= LongestText ? text : text[..LongestText];
}

/// <summary>What became of one of the things that an action concerned.</summary>
/// <param name="What">The thing.</param>
/// <param name="IsDone">Whether it was done.</param>
/// <param name="Text">What was done, or why not.</param>
internal sealed record AuditItem(string What, bool IsDone, string Text);

/// <summary>What can come of an action.</summary>
internal static class AuditOutcomes
{
    /// <summary>It was done.</summary>
    public const string Done = "done";

    /// <summary>Somebody refused, or nobody was there to do it.</summary>
    public const string NotDone = "not_done";

    /// <summary>It broke off, so that nobody knows how much of it was done.</summary>
    public const string Failed = "failed";
}
