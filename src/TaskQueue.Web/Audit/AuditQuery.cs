using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Audit;

/// <summary>Which entries of the audit log are wanted, the newest first.</summary>
internal sealed record AuditQuery
{
    /// <summary>The parameters that say so.</summary>
    public static readonly IReadOnlyList<string> Names = ["who", "action", "target", "outcome", "before"];

    /// <summary>The outcomes that there are.</summary>
    public static readonly IReadOnlyList<string> Outcomes = [AuditOutcomes.Done, AuditOutcomes.NotDone, AuditOutcomes.Failed];

    /// <summary>The name of the caller.</summary>
    public string? Who { get; init; }

    /// <summary>What was done.</summary>
    public string? Action { get; init; }

    /// <summary>What is somewhere in the text of what it was done to.</summary>
    public string? Target { get; init; }

    /// <summary>What came of it.</summary>
    public string? Outcome { get; init; }

    /// <summary>The number that they are all below.</summary>
    public long? Before { get; init; }

    /// <summary>The parameters that are set, but for <see cref="Before"/>.</summary>
    public IEnumerable<(string Name, string Value)> Terms =>
        new (string Name, string? Value)[] { ("who", Who), ("action", Action), ("target", Target), ("outcome", Outcome) }.Where(term => term.Value is not null).Select(term => (term.Name, term.Value!));

    /// <summary>Reads it.</summary>
    /// <param name="value">A parameter; <see langword="null"/> where it is missing.</param>
    /// <exception cref="BadHttpRequestException">One of them is none.</exception>
    public static AuditQuery Read(Func<string, string?> value) => new()
    {
        Who = value("who"),
        Action = value("action"),
        Target = value("target"),
        Outcome = value("outcome") is var outcome && (outcome is null || Outcomes.Contains(outcome, StringComparer.Ordinal)) ? outcome : throw Problems.Bad($"Parameter \"outcome\": expected {string.Join(", ", Outcomes)}."),
        Before = value("before") is not { } text ? null
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : throw Problems.Bad("Parameter \"before\": expected what \"next\" of a page says."),
    };
}
