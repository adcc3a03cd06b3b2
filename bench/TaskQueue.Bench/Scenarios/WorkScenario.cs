using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class WorkScenario() : Scenario("work", "From a worker queue through isolated worker processes to the confirmed result; the task does nothing")
{
    private const long WarmUpPerProcess = 300;

    public override IReadOnlyList<Subject> Subjects { get; } =
        [RawHop.ToResults, Pool(new PoolSize(1)), Pool(new PoolSize(2)), Pool(new PoolSize(8)), Pool(new PoolSize(1, 16))];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of raw");

    /// <summary>How many tasks it takes until what the runtime of each process compiles is compiled for good: that costs a pool as much processor time as 100,000 tasks.</summary>
    public static long WarmUp(PoolSize size) => Math.Max(150_000, size.Processes * WarmUpPerProcess);

    /// <summary>A pool of a certain size.</summary>
    public static Subject Pool(PoolSize size) => new(size.ToString(), trial => MeasureAsync(trial, size));

    /// <summary>Measures a pool.</summary>
    /// <param name="trial">The run.</param>
    /// <param name="size">How large the pool is.</param>
    /// <param name="backlog">How many tasks wait, or <see langword="null"/> for as many as are measured.</param>
    public static async Task<Measurement> MeasureAsync(Trial trial, PoolSize size, long? backlog = null)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial, queues, size);

        // Moves what the pool puts off: while the runtime is cold, tasks are long now and short then.
        await using var dispatcher = await services.Dispatcher.StartAsync();
        var drain = new Drain(trial, queues, queues.Work, queues.Results) { Backlog = backlog, WarmUp = WarmUp(size) };
        return await drain.MeasureAsync(services.Pool);
    }
}
