using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>Feeds of the type <c>echo</c>.</summary>
internal static class Feeds
{
    public static readonly QueueDefinition Queue = QueueDefinition.OfTasks("worker_echo", QueueType.Quorum);

    public static TypeFeed Of(InMemoryBroker broker, ListLogger log, Cancellations? cancellations = null)
    {
        var time = TimeProvider.System;
        var ledger = new ServiceLedger(time);
        var settler = new TaskSettler(broker, new QueueNames(), QueueType.Quorum, ledger, Tasks.Telemetry(), time, log.CreateLogger<TaskSettler>());
        var open = new OpenTasks(new HeldTasks(time), cancellations ?? new Cancellations(time), settler, ledger.Of(Queue.Name), time, log);
        var unreadable = new UnreadableMessages(broker, () => new QueueDefinition("worker_echo.buried"), Fate.Buried, ledger, time, log);
        return new TypeFeed(broker, Queue, unreadable, open, ledger.Of(Queue.Name), Task.CompletedTask, Tasks.Telemetry(), time, log);
    }
}
