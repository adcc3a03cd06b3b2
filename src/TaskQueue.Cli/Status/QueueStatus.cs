using TaskQueue.Cli.Control;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Status;

/// <summary>A queue of the system, as found.</summary>
/// <param name="Name">Its complete name.</param>
/// <param name="Role">What it is for.</param>
/// <param name="Ready">Messages that wait, or <see langword="null"/> when there is no such queue.</param>
/// <param name="Consumers">Subscriptions, or <see langword="null"/> when there is no such queue.</param>
internal sealed record QueueStatus(string Name, QueueRole Role, long? Ready, int? Consumers)
{
    /// <summary>Whose tasks are in it, where that is one worker type.</summary>
    public string? WorkerType { get; init; }

    /// <summary>The hosts whose pools take nothing from it because somebody said so.</summary>
    public IReadOnlyList<string> PausedOn { get; init; } = [];

    /// <summary>Whether a pool that answers is meant to take from it.</summary>
    public bool IsMeantToBeServed { get; init; }

    /// <summary>Whether the broker does not let us see it, so that nobody knows whether there is one.</summary>
    public bool IsHidden { get; init; }

    /// <summary>What a person should look into, or <see langword="null"/>.</summary>
    public string? Warning => IsHidden ? "it cannot be seen: the user has no rights on it" : (Role, Ready, Consumers) switch
    {
        (QueueRole.Tasks, null, _) => "there is no such queue: no dispatcher has run with this vhost and queue_prefix",
        (QueueRole.Tasks, 0, 0) => "no dispatcher is running",
        (QueueRole.Tasks, { } ready, 0) => $"{Count(ready, "task")} and no dispatcher is running",
        (QueueRole.Delayed, > 0 and var ready, 0) => $"{Count(ready, "delayed message")} and no dispatcher is running that moves them on",
        (QueueRole.Unroutable, > 0 and var ready, _) => $"{Count(ready, "task")} for worker types that no pool has served; taskqueue unroutable list",
        (QueueRole.Rejected, > 0 and var ready, _) => $"{Quantity.Of(ready, "message")} rejected; taskqueue rejected list",
        (QueueRole.Buried, > 0 and var ready, _) => $"{Quantity.Of(ready, "task")} buried; taskqueue buried list {WorkerType}",
        (QueueRole.Worker, > 0 and var ready, 0) => $"{Count(ready, "task")} and {WhyNobodyTakes}",
        (QueueRole.Results, > 0 and var ready, 0) => $"{Count(ready, "result")} and nobody consumes them",
        _ => null,
    };

    private string WhyNobodyTakes => this switch
    {
        { PausedOn.Count: > 0 } => $"the type is paused on {ProblemLines.Hosts(PausedOn)}; taskqueue resume {WorkerType}",
        { IsMeantToBeServed: true } => "no worker of the type takes tasks",
        _ => "no pool serves the worker type",
    };

    private static string Count(long number, string what) => $"{Quantity.Of(number, what)} {(number == 1 ? "waits" : "wait")}";
}
