namespace TaskQueue.Chaos.Fuzzing;

/// <summary>What became of hostile messages.</summary>
internal sealed record FuzzReport
{
    public required int Seed { get; init; }

    public required int Sent { get; init; }

    /// <summary>Messages that the broker itself would not take, with its words.</summary>
    public required IReadOnlyList<string> RefusedByBroker { get; init; }

    /// <summary>Messages that the broker confirmed, by what is wrong with them.</summary>
    public required IReadOnlyDictionary<string, int> Kinds { get; init; }

    public required int Confirmed { get; init; }

    public required int Forwarded { get; init; }

    public required int Rejected { get; init; }

    public required int Unroutable { get; init; }

    /// <summary>Those that are still where they were sent to.</summary>
    public required int NotDispatched { get; init; }

    /// <summary>Those of which there is no trace, by number and kind.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>Those that came more than once.</summary>
    public required int Again { get; init; }

    /// <summary>Those whose body changed on the way.</summary>
    public required IReadOnlyList<string> Changed { get; init; }

    /// <summary>Memory of the dispatcher: before, at most, and after.</summary>
    public required long RssBefore { get; init; }

    public required long RssHighest { get; init; }

    public required long RssAfter { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Crashes, restarts, and connections that the broker ended because of what the dispatcher sent.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool IsGood => Lost.Count == 0 && Changed.Count == 0 && NotDispatched == 0 && Problems.Count == 0;
}
