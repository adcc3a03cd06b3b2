using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Running;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Scenarios;

internal sealed class MemoryScenario() : Scenario("memory", "Proportional set size of a pool with ten workers and a dispatcher, with nothing to do and with a backlog")
{
    private const int Workers = 10;
    private const double Mebibyte = 1024 * 1024;
    private const string SleepType = "sleep";

    private static readonly Metric
        Worker = new("worker MiB", 1), Pool = new("pool MiB", 1), Dispatcher = new("dispatcher MiB", 1), Peak = new("dispatcher at most MiB", 1);

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(4), Interval = TimeSpan.FromMilliseconds(200);

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("idle", trial => MeasureAsync(trial, TaskText.WorkerType, backlog: 0)),
        // The workers sleep over their tasks; the dispatcher forwards the backlog, which then waits in the queue of the pool.
        new("with a backlog", trial => MeasureAsync(trial, SleepType, trial.Options.Backlog)),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Pool, "pool of idle");

    private static async Task<Measurement> MeasureAsync(Trial trial, string workerType, long backlog)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial, queues, new PoolSize(Workers), workerType);
        await using var pool = await services.Pool.StartAsync();
        await using var dispatcher = await services.Dispatcher.StartAsync();
        var peak = backlog == 0 ? 0 : await ForwardAsync(trial, queues, dispatcher, backlog);
        await Task.Delay(Settled, TimeProvider.System, trial.Stop);

        var workers = ProcessFacts.WorkersOf(pool.Pid);
        if (workers.Count != Workers)
        {
            throw new InvalidOperationException($"The pool has {workers.Count} workers: expected {Workers}.\n{pool.Log}");
        }

        return new Measurement(
            backlog,
            [
                (Worker, Spread.Of(workers.Select(Size))!.Median),
                (Pool, Size(pool.Pid)),
                (Dispatcher, Size(dispatcher.Pid)),
                (Peak, Math.Max(peak, Size(dispatcher.Pid))),
            ]);
    }

    /// <summary>Has the dispatcher forward a backlog that it finds.</summary>
    /// <returns>Its size at most.</returns>
    private static async Task<double> ForwardAsync(Trial trial, QueueSet queues, ServiceProcess dispatcher, long backlog)
    {
        var body = $"{SleepType} 86400 {TaskText.Argument(TaskText.UsualBytes - SleepType.Length)}";
        await using var sender = await RawSender.ConnectAsync(trial.Bench.Server.Port, queues.Tasks, RawMessage.Task(body), 4000, trial.Stop);
        dispatcher.Signal("STOP");
        await sender.SendAsync(backlog, trial.Stop);
        dispatcher.Signal("CONT");

        var peak = 0d;
        while (await queues.CountAsync(queues.WorkOf(SleepType), trial.Stop) < backlog - Workers)
        {
            if (dispatcher.HasExited)
            {
                throw new InvalidOperationException($"The dispatcher ended:\n{dispatcher.Log}");
            }

            peak = Math.Max(peak, Size(dispatcher.Pid));
            await Task.Delay(Interval, TimeProvider.System, trial.Stop);
        }

        return peak;
    }

    private static double Size(int pid) => ProcessFacts.ProportionalBytes(pid) / Mebibyte;
}
