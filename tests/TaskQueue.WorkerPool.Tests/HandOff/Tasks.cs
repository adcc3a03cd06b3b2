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

    public static RunningTask Running(
        MessageProperties properties, bool redelivered = false, WorkerGroupOptions? options = null, ReadOnlyMemory<byte> body = default) =>
        On(Arrived(properties, redelivered, body), options);

    public static StubDelivery Arrived(MessageProperties properties, bool redelivered = false, ReadOnlyMemory<byte> body = default) =>
        new("worker_echo", properties, redelivered, body);

    public static RunningTask On(Delivery delivery, WorkerGroupOptions? options = null, ServiceLedger? ledger = null)
    {
        ledger ??= new ServiceLedger(TimeProvider.System);
        options ??= new WorkerGroupOptions();
        var worker = new WorkerSpec(
            "echo#1",
            new ConfigureFrame { Worker = "echo#1", WorkerType = "echo", Plugin = new PluginClass(typeof(Tasks).Assembly.Location, "Echo") },
            LaunchCommand.Build("/opt/taskqueue-worker", options, switchTo: null, _ => null),
            options);
        return new RunningTask(delivery, worker, pid: 4711, ledger.Of(delivery.Queue));
    }
}
