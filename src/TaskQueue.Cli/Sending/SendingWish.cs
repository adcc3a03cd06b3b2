namespace TaskQueue.Cli.Sending;

/// <summary>How a task is to be sent, and what becomes of its result.</summary>
internal sealed record SendingWish
{
    /// <summary>How often it is sent.</summary>
    public int Count { get; init; } = 1;

    /// <summary>Whether its result is waited for.</summary>
    public bool Waits { get; init; }

    /// <summary>How long to wait for the result or the confirm; the default of each if not set.</summary>
    public TimeSpan? Timeout { get; init; }

    /// <summary>Whether it is published to the exchange of publishers instead of the queue.</summary>
    public bool ThroughExchange { get; init; }

    /// <summary>Whether lines tell how far it is.</summary>
    public bool TellsProgress { get; init; }

    /// <summary>Whether JSON is printed.</summary>
    public bool Json { get; init; }

    /// <summary>Whether message ids are not printed.</summary>
    public bool Quiet { get; init; }
}
