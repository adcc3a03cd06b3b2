using TaskQueue.Bench.Driving;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Running;

/// <summary>The queues of one measurement. They are deleted after it.</summary>
internal sealed class QueueSet(IBroker broker, string prefix, QueueType type) : IAsyncDisposable
{
    private readonly QueueNames _names = new(prefix);

    public string Prefix => prefix;

    public QueueType Type => type;

    public string Tasks => _names.TaskQueue;

    public string Results => _names.Results("results");

    /// <summary>The queue of tasks that do nothing.</summary>
    public string Work => WorkOf(TaskText.WorkerType);

    public string WorkOf(string workerType) => _names.Worker(workerType);

    public async Task DeclareAsync(CancellationToken stop)
    {
        foreach (var queue in (string[])[Tasks, Work, Results])
        {
            await broker.DeclareQueueAsync(new QueueDefinition(queue, type), stop);
        }
    }

    /// <summary>Has somebody listen to what happens to tasks, as taskqueue-web does; nobody takes it from there.</summary>
    public Task DeclareHistoryAsync(long mostBytes, CancellationToken stop) =>
        broker.DeclareQueueAsync(new QueueDefinition(_names.History, type) { BoundTo = _names.Events, MaxBytes = mostBytes }, stop);

    public async Task<long> CountAsync(string queue, CancellationToken stop) => (await broker.InspectQueueAsync(queue, stop))?.Ready ?? 0;

    /// <summary>Makes sure that exactly so many messages are in a queue.</summary>
    public async Task ExpectAsync(string queue, long messages, CancellationToken stop)
    {
        var count = await CountAsync(queue, stop);
        if (count != messages)
        {
            throw new InvalidOperationException($"{count} messages are in {queue}: expected {messages}. What was measured does not count.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var queue in (string[])[Tasks, Work, Results, WorkOf("sleep"), _names.Rejected, _names.Unroutable, _names.DelayDue, _names.History, _names.Buried(TaskText.WorkerType)])
        {
            await broker.DeleteQueueAsync(queue, CancellationToken.None);
        }
    }
}
