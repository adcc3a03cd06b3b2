using System.Text.Json.Nodes;
using TaskQueue.Cli.Status;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Waiting;

/// <summary>How much is left to do, as found at one moment.</summary>
/// <param name="Queues">The queues that are waited for.</param>
/// <param name="Services">How many services have told what they hold.</param>
/// <param name="Moved">Whether messages moved while they were counted, so that one may have been overlooked.</param>
internal sealed record WaitLook(IReadOnlyList<Backlog> Queues, int Services, bool Moved)
{
    public long Waiting => Queues.Sum(queue => queue.Ready);

    public long Running => Queues.Sum(queue => queue.Held);

    public long Left => Waiting + Running;

    /// <summary>Whether nothing waits, nothing runs, and nothing can have slipped by.</summary>
    public bool IsQuiet => Left == 0 && !Moved;

    /// <summary>Whether somebody consumes who has not told what they hold.</summary>
    public bool HasStrangers => Queues.Any(queue => queue.Strangers > 0);

    /// <summary>For people, in a line.</summary>
    public string ToText() => $"{Waiting:N0} waiting, {(Services == 0 ? "unknown" : $"{Running:N0}")} running";

    /// <summary>What is left, by queue.</summary>
    public string Details() => string.Join("; ", Queues.Where(queue => queue.Left > 0).Select(queue => $"{queue.Name}: {queue.Ready:N0} waiting, {queue.Held:N0} running"));

    public string ToJson(bool isDone) => JsonLine.Of(new JsonObject
    {
        ["waiting"] = Waiting,
        ["running"] = Services == 0 ? null : Running,
        ["done"] = isDone,
        ["queues"] = new JsonArray([.. Queues.Where(queue => queue.Left > 0).Select(queue => new JsonObject
        {
            ["queue"] = queue.Name,
            ["waiting"] = queue.Ready,
            ["running"] = Services == 0 ? null : queue.Held,
        })]),
    });
}

/// <summary>What is left of one queue.</summary>
/// <param name="Queue">Which.</param>
/// <param name="Ready">How many messages wait.</param>
/// <param name="Consumers">Subscriptions that the broker knows.</param>
/// <param name="Held">How many messages services have.</param>
/// <param name="Strangers">Subscriptions of those who have not told what they hold.</param>
internal sealed record Backlog(KnownQueue Queue, long Ready, int Consumers, long Held, long Strangers)
{
    public string Name => Queue.Name;

    public long Left => Ready + Held;

    /// <summary>Why it may take for ever, if it may.</summary>
    public string? Warning => new QueueStatus(Name, Queue.Role, Ready, Consumers) { WorkerType = Queue.WorkerType } is { Ready: > 0, Consumers: 0 } status
        ? status.Warning
        : null;
}
