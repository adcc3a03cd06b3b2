using TaskQueue.Configuration;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>Tasks to decide about.</summary>
internal static class Tasks
{
    public static RunningTask Running(
        MessageProperties properties, bool redelivered = false, WorkerGroupOptions? options = null, ReadOnlyMemory<byte> body = default) =>
        On(new Arrived(properties, redelivered, body), options);

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
