using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Dispatcher.Events;

/// <summary>What a dispatcher counts of each worker type in a minute: the ledger's counts, less those of before.</summary>
/// <param name="ledger">Has counted.</param>
internal sealed class DispatchCounts(ServiceLedger ledger)
{
    /// <summary>The type of what has none.</summary>
    private const string NoType = "(none)";

    private readonly Dictionary<string, long> _before = new(StringComparer.Ordinal);

    /// <summary>What has been counted since the last time.</summary>
    /// <param name="queues">Names the queues.</param>
    /// <param name="minute">When that was.</param>
    public IReadOnlyList<TaskEvent> Take(QueueNames queues, DateTimeOffset minute)
    {
        var ofWorkers = queues.Worker("");
        var told = new List<TaskEvent>();
        foreach (var (queue, counts) in ledger.Extract(connections: 0).Queues)
        {
            var more = counts.In - _before.GetValueOrDefault(queue);
            _before[queue] = counts.In;
            if (more > 0 && WordOf(queue) is var (type, word))
            {
                told.Add(new TaskEvent(TaskEventKinds.Counts, minute.ToUnixTimeMilliseconds()) { Type = type, Counts = new Dictionary<string, long>(StringComparer.Ordinal) { [word] = more } });
            }
        }

        return told;

        (string Type, string Word)? WordOf(string queue) =>
            queue.StartsWith(ofWorkers, StringComparison.Ordinal) ? (queue[ofWorkers.Length..], TaskEventKinds.Dispatched)
            : queue == queues.Rejected ? (NoType, TaskEventKinds.Rejected)
            : queue == queues.Unroutable ? (NoType, TaskEventKinds.Unroutable)
            : null;
    }
}
