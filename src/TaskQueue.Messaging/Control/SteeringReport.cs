namespace TaskQueue.Messaging.Control;

/// <summary>What a service has done about a steering command.</summary>
/// <param name="Done">Whether the command was for it.</param>
/// <param name="Text">What it has done, in a line.</param>
public sealed record SteeringReport(bool Done, string Text);

/// <summary>What a service has done about the cancellation of a task.</summary>
/// <param name="Id">The message id of the task.</param>
/// <param name="Found">Whether it has that task.</param>
public sealed record CancelReport(string Id, bool Found)
{
    /// <summary>Whether the task runs, and was told to end.</summary>
    public bool Running { get; init; }

    /// <summary>The worker that runs it.</summary>
    public string? Worker { get; init; }

    /// <summary>Its process.</summary>
    public int? Pid { get; init; }
}
