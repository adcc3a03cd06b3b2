using System.Diagnostics.Metrics;
using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Telemetry;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>Tasks to decide about.</summary>
internal static class Tasks
{
    /// <summary>Telemetry that nobody reads.</summary>
    public static PoolTelemetry Telemetry() => new(new Meter("tests"), TimeProvider.System);

    /// <summary>A task that waits for a process.</summary>
    public static PoolTask Waiting(
        Delivery delivery, WorkerGroupOptions? options = null, ServiceLedger? ledger = null, Action<PoolTask, int>? settled = null, long arrived = 0, Task? queueLeft = null) =>
        new(delivery, Spec(options ?? new WorkerGroupOptions()), (ledger ?? new ServiceLedger(TimeProvider.System)).Of(delivery.Queue), settled) { Arrived = arrived, QueueLeft = queueLeft ?? new TaskCompletionSource().Task };

    /// <summary>A task that a process has run, and that is to be settled.</summary>
    public static PoolTask On(
        Delivery delivery, WorkerGroupOptions? options = null, ServiceLedger? ledger = null, Action<PoolTask, int>? settled = null, Task? queueLeft = null)
    {
        var task = Waiting(delivery, options, ledger, settled, queueLeft: queueLeft);
        task.Hand(task.Worker, pid: 4711, number: 1, limit: null, now: 0);
        task.Begin(now: 0);
        task.Leave();
        return task;
    }

    public static PoolTask Ran(MessageProperties properties, WorkerGroupOptions? options = null, ReadOnlyMemory<byte> body = default) =>
        On(Arrived(properties, body: body), options);

    public static StubDelivery Arrived(MessageProperties properties, bool redelivered = false, ReadOnlyMemory<byte> body = default) =>
        new("worker_echo", properties, redelivered, body);

    public static WorkerSpec Spec(WorkerGroupOptions options) => new(
        "echo#1",
        new ConfigureFrame { Worker = "echo#1", WorkerType = "echo", Plugin = new PluginClass(typeof(Tasks).Assembly.Location, "Echo") },
        LaunchCommand.Build("/opt/taskqueue-worker", options, switchTo: null, _ => null),
        options);
}
