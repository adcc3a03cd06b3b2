namespace TaskQueue.Messaging.Control;

/// <summary>A task that a pool has.</summary>
/// <param name="Id">Its message id.</param>
/// <param name="WorkerType">Its worker type.</param>
public sealed record TaskReport(string Id, string WorkerType)
{
    /// <summary>Whether it runs; else it waits for a worker of the pool.</summary>
    public bool Running { get; init; }

    /// <summary>Whether it has run, and what it turned into is not taken by the broker for now.</summary>
    public bool Unsettled { get; init; }

    /// <summary>The worker that has it, such as <c>resize#2</c>.</summary>
    public string? Worker { get; init; }

    /// <summary>The process.</summary>
    public int? Pid { get; init; }

    /// <summary>The user that the process runs as.</summary>
    public string? User { get; init; }

    /// <summary>For how long it has been running, or waiting here.</summary>
    public long Milliseconds { get; init; }

    /// <summary>The number of its run, from 1.</summary>
    public int Attempt { get; init; }

    /// <summary>The processor time that it has used, where its section has <c>report_usage</c>.</summary>
    public long? CpuMilliseconds { get; init; }

    /// <summary>The most memory that its process has had at once, in bytes, where its section has <c>report_usage</c>.</summary>
    public long? PeakBytes { get; init; }

    /// <summary>How far it is, 0 to 1, if it tells.</summary>
    public double? Fraction { get; init; }

    /// <summary>What is being done, if it tells.</summary>
    public string? Message { get; init; }

    /// <summary>Who has cancelled it, so that it is about to end.</summary>
    public string? CancelledBy { get; init; }
}
