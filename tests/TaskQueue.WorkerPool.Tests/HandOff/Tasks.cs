using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>Tasks to decide about.</summary>
internal static class Tasks
{
    public static RunningTask Running(MessageProperties properties, bool redelivered = false)
    {
        var options = new WorkerGroupOptions();
        var worker = new WorkerSpec(
            "echo#1",
            new ConfigureFrame { Worker = "echo#1", WorkerType = "echo", Plugin = new PluginClass(typeof(Tasks).Assembly.Location, "Echo") },
            LaunchCommand.Build("/opt/taskqueue-worker", options, switchTo: null, _ => null),
            options);
        return new RunningTask(new Arrived(properties, redelivered), worker, Pid: 4711, properties.MessageId ?? "made-up");
    }

    private sealed class Arrived(MessageProperties properties, bool redelivered) : Delivery
    {
        public override string Queue => "worker_echo";

        public override ulong DeliveryTag => 1;

        public override bool IsLost => false;

        public override bool Redelivered => redelivered;

        public override MessageProperties Properties => properties;

        public override ReadOnlyMemory<byte> Body => default;

        public override void Settle(Settlement settlement) => throw new InvalidOperationException("Deciding settles nothing.");
    }
}
