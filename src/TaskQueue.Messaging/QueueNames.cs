using System.Globalization;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.Messaging;

/// <summary>The names of the system's queues.</summary>
/// <param name="prefix">What stands before each of them; <c>queue_prefix</c>.</param>
public sealed class QueueNames(string prefix = "")
{
    private const string Tasks = "taskqueue", WorkerFamily = "worker_", ReplyFamily = Tasks + ".reply.", BuriedSuffix = ".buried";

    private readonly string _prefix = prefix;

    /// <summary>Where publishers send tasks.</summary>
    public string TaskQueue => _prefix + Tasks;

    /// <summary>Messages that no worker type could be found in, or that waited too long for one.</summary>
    public string Rejected => _prefix + "taskqueue.rejected";

    /// <summary>Messages for worker types that no pool has ever served.</summary>
    public string Unroutable => _prefix + "taskqueue.unroutable";

    /// <summary>Where delayed messages enter, and where they come back to each time that a part of their delay is over.</summary>
    public string DelayDue => _prefix + "taskqueue.delay.due";

    /// <summary>All queues that delayed messages may be in, as a pattern for people.</summary>
    public string Delays => _prefix + "taskqueue.delay.*";

    /// <summary>Where messages stay for a part of their delay.</summary>
    /// <param name="stay">How long each stays: whole seconds, or milliseconds below one.</param>
    /// <returns>The queue's name, such as <c>taskqueue.delay.250ms</c> or <c>taskqueue.delay.8s</c>.</returns>
    public string Delay(TimeSpan stay) => stay < TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{_prefix}taskqueue.delay.{stay.TotalMilliseconds:0}ms")
        : string.Create(CultureInfo.InvariantCulture, $"{_prefix}taskqueue.delay.{stay.TotalSeconds:0}s");

    /// <summary>The fan-out exchange on which running services are asked and told things.</summary>
    public string Control => _prefix + "taskqueue.control";

    /// <summary>The queue of one that asks, or is asked, by way of <see cref="Control"/>.</summary>
    /// <param name="who">Unique to it.</param>
    /// <returns>The queue's name.</returns>
    public string ControlOf(string who) => $"{Control}.{who}";

    /// <summary>The fan-out exchange on which services tell what happens to tasks.</summary>
    public string Events => _prefix + "taskqueue.events";

    /// <summary>What they have told and the history has not kept yet.</summary>
    public string History => _prefix + "taskqueue.history";

    /// <summary>Which tasks are not to be run, wherever they show up.</summary>
    public string Cancelled => _prefix + "taskqueue.cancelled";

    /// <summary>The tasks of a worker type.</summary>
    /// <param name="workerType">The worker type.</param>
    /// <returns>The queue's name.</returns>
    public string Worker(string workerType) => _prefix + WorkerFamily + workerType;

    /// <summary>The tasks of a worker type that failed for good.</summary>
    /// <param name="workerType">The worker type.</param>
    /// <returns>The queue's name.</returns>
    public string Buried(string workerType) => Worker(workerType) + BuriedSuffix;

    /// <summary>The durable direct exchange that leads to <see cref="TaskQueue"/> and nowhere else, under the same name: for publishers who may not write to
    /// the default exchange, which leads to every queue.</summary>
    public string Door => TaskQueue;

    /// <summary>The queue of a client that waits for results.</summary>
    /// <param name="who">Unique to it.</param>
    /// <returns>The queue's name.</returns>
    public string Reply(string who) => $"{_prefix}{ReplyFamily}{who}";

    /// <summary>Whether a queue is the system's own, so that a message in it means something to dispatchers, pools or operators. No publisher and no
    /// plugin may have the system put messages there.</summary>
    /// <param name="queue">The complete name of a queue.</param>
    /// <returns><see langword="true"/> for <c>taskqueue</c>, <c>taskqueue.*</c> and <c>worker_*</c>; not for the queues of waiting clients, nor for results.</returns>
    public bool IsOfSystem(string queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queue.StartsWith(_prefix, StringComparison.Ordinal) && queue.AsSpan(_prefix.Length) is var name
            && (name is Tasks
                || name.StartsWith(WorkerFamily, StringComparison.Ordinal)
                || (name.StartsWith(Tasks + ".", StringComparison.Ordinal) && !name.StartsWith(ReplyFamily, StringComparison.Ordinal)));
    }

    /// <summary>How a queue is declared that is to be there.</summary>
    /// <param name="queue">Its complete name.</param>
    /// <param name="type">How the broker keeps it.</param>
    /// <returns>The definition; of a worker's queue that of tasks, of one that holds delayed messages back that with its time and way out.</returns>
    public QueueDefinition Definition(string queue, QueueType type)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queue.StartsWith(Worker(""), StringComparison.Ordinal) && !queue.EndsWith(BuriedSuffix, StringComparison.Ordinal)
            ? QueueDefinition.OfTasks(queue, type)
            : DelayLevels.DefinitionOf(this, queue, type) ?? new QueueDefinition(queue, type);
    }

    /// <summary>Where a results routing key leads.</summary>
    /// <param name="routingKey">The configured key.</param>
    /// <returns>The queue's name.</returns>
    public string Results(string routingKey) => _prefix + routingKey;

    /// <summary>Whether a name is one that only the broker itself may give to a queue (AMQP 0-9-1, <c>queue.declare</c>).</summary>
    /// <param name="queue">The name.</param>
    public static bool IsReserved(string queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        return queue.StartsWith("amq.", StringComparison.Ordinal);
    }
}
