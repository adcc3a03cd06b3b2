namespace TaskQueue.Messaging.Control;

/// <summary>A configured worker, and the process that does its work.</summary>
/// <param name="Worker">Its name, such as <c>resize#2</c>.</param>
/// <param name="WorkerType">Its type.</param>
/// <param name="State"><c>starting</c>, <c>idle</c>, <c>busy</c>, <c>ending</c>, <c>waiting</c> for its next start, or <c>refused</c>: there is none of its section.</param>
public sealed record WorkerReport(string Worker, string WorkerType, string State)
{
    /// <summary>The process.</summary>
    public int? Pid { get; init; }

    /// <summary>The user it runs as.</summary>
    public string User { get; init; } = "";

    /// <summary>How long ago the process was started.</summary>
    public long? UptimeMilliseconds { get; init; }

    /// <summary>Tasks that run in it.</summary>
    public int Running { get; init; }

    /// <summary>Tasks that it has not started yet.</summary>
    public int Waiting { get; init; }

    /// <summary>Tasks that it has run to their ends.</summary>
    public long Ended { get; init; }

    /// <summary>Whether its worker type takes no tasks because somebody said so.</summary>
    public bool Paused { get; init; }

    /// <summary>What keeps it from its work.</summary>
    /// <value><see langword="null"/> when nothing does, or of a service of a version that does not tell.</value>
    public string? Problem { get; init; }
}
