using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Pages;

/// <summary>What the overview shows.</summary>
/// <param name="Activity">The last hour.</param>
/// <param name="Types">The worker types.</param>
/// <param name="Attention">What needs a person.</param>
/// <param name="Failures">The latest tasks that failed, the newest first.</param>
internal sealed record OverviewModel(Activity Activity, IReadOnlyList<TypeOverview> Types, IReadOnlyList<AttentionItem> Attention, IReadOnlyList<FailureReport> Failures)
{
    /// <summary>Worker types that are left out because there are so many.</summary>
    public int MoreTypes { get; init; }

    /// <summary>Whether services are known, as they are while the broker answers.</summary>
    public bool IsConnected { get; init; }

    /// <summary>Whether a history is kept here.</summary>
    public bool HasHistory { get; init; }

    /// <summary>Hosts that run services.</summary>
    public int Hosts { get; init; }

    /// <summary>Tasks that wait in all queues of worker types, and to be dispatched.</summary>
    public long Backlog { get; init; }
}

/// <summary>A worker type, in a line.</summary>
/// <param name="Type">Its name.</param>
/// <param name="Activity">What was done in the last hour.</param>
internal sealed record TypeOverview(string Type, TypeActivity Activity)
{
    /// <summary>Workers that are meant to run on all hosts.</summary>
    public int Workers { get; init; }

    /// <summary>Processes that are ready.</summary>
    public int Ready { get; init; }

    /// <summary>Tasks that run.</summary>
    public int Running { get; init; }

    /// <summary>Tasks that wait in its queue and in pools.</summary>
    public long Backlog { get; init; }

    /// <summary>Whether somebody has paused it, on all hosts or on some.</summary>
    public bool IsPaused { get; init; }

    /// <summary>How long until its queue is empty if all goes on as lately, for people.</summary>
    public string TimeToEmpty => (Backlog, Activity.EndedPerMinute - Activity.CamePerMinute, Activity.EndedPerMinute) switch
    {
        (0, _, _) => "empty",
        _ when IsPaused => "paused",
        (_, > 0 and var rate, _) => Say.Distance(TimeSpan.FromMinutes(Math.Min(Backlog / rate, 1e6))),
        (_, _, > 0) => "grows",
        _ => "stands still",
    };
}

/// <summary>Something that needs a person.</summary>
/// <param name="Tone">How bad it is: <c>bad</c> or <c>warn</c>.</param>
/// <param name="Text">What it is.</param>
internal sealed record AttentionItem(string Tone, string Text)
{
    /// <summary>Where there is more of it, without the base of paths.</summary>
    public string? Path { get; init; }
}
