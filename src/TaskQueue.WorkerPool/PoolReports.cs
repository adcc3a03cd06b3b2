using TaskQueue.Hosting.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.Control;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool;

/// <summary>Tells others how the pool is: systemd, monitoring, operators.</summary>
internal sealed class PoolReports(
    PoolRunner runner, PoolProblems problems, PoolCommands commands, PoolTelemetry telemetry, RecentFailures failures, RabbitMqBroker broker, QueueNames names)
{
    /// <summary>How it is, in a line.</summary>
    public string Status()
    {
        var (ready, configured, running) = telemetry.Sums;
        return $"workers ready: {ready} of {configured}, tasks running: {running}";
    }

    /// <summary>What keeps it from being ready.</summary>
    public IEnumerable<string> Objections() =>
        telemetry.NotReady.Select(type => $"no worker of {type} is ready")
            .Concat(problems.WithoutTasks().OrderBy(type => type.Key, StringComparer.Ordinal).Select(type => $"no tasks of {type.Key} are taken: {type.Value}"));

    /// <summary>The queues that it puts messages into besides those of its tasks.</summary>
    public IEnumerable<string> OtherQueues() => runner.State.Plan.Types
        .SelectMany(type => type.Workers.Select(worker => names.Results(worker.Options.ResultsRoutingKey)).Append(names.Buried(type.WorkerType)))
        .Distinct(StringComparer.Ordinal);

    /// <summary>Adds what a pool knows to what every service tells of itself. For the pool's loop.</summary>
    public ServiceReport Complete(ServiceReport report)
    {
        var troubles = problems.WithoutTasks();

        // The trouble of a type is also among the problems; commands of earlier versions look for it here.
        return (report.Over(broker) with
        {
            AllowControl = runner.State.Configuration.Service.AllowControl,
            Types = [.. commands.Types().Select(type => type with { Trouble = troubles.GetValueOrDefault(type.WorkerType) })],
            Failures = failures.Latest,
            Settled = problems.IsSettled,
        }).With(problems.All());
    }
}
