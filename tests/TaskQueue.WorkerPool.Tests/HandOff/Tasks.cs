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

    public static HeldTask Running(
        MessageProperties properties, bool redelivered = false, WorkerGroupOptions? options = null, ReadOnlyMemory<byte> body = default) =>
        On(Arrived(properties, redelivered, body), options);

    public static StubDelivery Arrived(MessageProperties properties, bool redelivered = false, ReadOnlyMemory<byte> body = default) =>
        new("worker_echo", properties, redelivered, body);

    public static HeldTask On(
        Delivery delivery, WorkerGroupOptions? options = null, ServiceLedger? ledger = null, Action<HeldTask, int>? settled = null)
    {
        ledger ??= new ServiceLedger(TimeProvider.System);
        var worker = Spec(options ?? new WorkerGroupOptions());
        var task = new HeldTask(delivery, worker, ledger.Of(delivery.Queue), settled);
        task.AssignTo(worker, pid: 4711, now: 0);
        return task;
    }

    public static WorkerSpec Spec(WorkerGroupOptions options) => new(
        "echo#1",
        new ConfigureFrame { Worker = "echo#1", WorkerType = "echo", Plugin = new PluginClass(typeof(Tasks).Assembly.Location, "Echo") },
        LaunchCommand.Build("/opt/taskqueue-worker", options, switchTo: null, _ => null),
        options);
}
