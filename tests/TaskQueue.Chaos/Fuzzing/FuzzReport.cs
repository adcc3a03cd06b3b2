namespace TaskQueue.Chaos.Fuzzing;

/// <summary>What became of hostile messages, and of the ordinary tasks beside them.</summary>
internal sealed record FuzzReport
{
    public required int Seed { get; init; }

    public required int Sent { get; init; }

    /// <summary>Messages that the broker itself would not take, with its words.</summary>
    public required IReadOnlyList<string> RefusedByBroker { get; init; }

    public required int Confirmed { get; init; }

    /// <summary>Messages that the broker confirmed, by what is wrong with them and where they ended.</summary>
    public required IReadOnlyDictionary<string, IReadOnlyDictionary<string, int>> Places { get; init; }

    /// <summary>Those that did not end where they must, by number and kind; whatever is lost is among them.</summary>
    public required IReadOnlyList<string> Wrong { get; init; }

    /// <summary>Those that were run or copied too often.</summary>
    public required IReadOnlyList<string> TooOften { get; init; }

    /// <summary>Those whose body changed on the way.</summary>
    public required IReadOnlyList<string> Changed { get; init; }

    public required int OrdinarySent { get; init; }

    /// <summary>Ordinary tasks that did not come back, and those that were answered or run more than once.</summary>
    public required int OrdinaryLost { get; init; }

    public required int OrdinaryTwice { get; init; }

    /// <summary>Ordinary tasks that were done in a second without hostile messages; while somebody sent all known cases at once, again and again; and
    /// among as many hostile messages as the system takes.</summary>
    public required double UndisturbedRate { get; init; }

    public required double RoundsRate { get; init; }

    public required double DisturbedRate { get; init; }

    /// <summary>Hostile messages in a second.</summary>
    public required double HostileRate { get; init; }

    public required IReadOnlyList<ServiceVitals> Services { get; init; }

    public required double Seconds { get; init; }

    /// <summary>Crashes, connections lost, memory that stays, logs that are flooded, messages that nobody knows.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    public bool IsGood => Wrong.Count == 0 && TooOften.Count == 0 && Changed.Count == 0 && OrdinaryLost == 0 && OrdinaryTwice == 0 && Problems.Count == 0;
}
