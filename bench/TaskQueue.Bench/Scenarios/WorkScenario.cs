using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class WorkScenario() : Scenario("work", "From a worker queue through isolated worker processes to the confirmed result; the task does nothing")
{
    public override IReadOnlyList<Subject> Subjects { get; } =
        [RawHop.ToResults, Pool(new PoolSize(1)), Pool(new PoolSize(2)), Pool(new PoolSize(8)), Pool(new PoolSize(1, 16))];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of raw");

    /// <summary>A pool of a certain size.</summary>
    public static Subject Pool(PoolSize size) => new(
        $"{size.Processes} {(size.Processes == 1 ? "process" : "processes")}{(size.Concurrency == 1 ? "" : $" × {size.Concurrency} tasks")}",
        trial => MeasureAsync(trial, size));

    private static async Task<Measurement> MeasureAsync(Trial trial, PoolSize size)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial.Bench, queues, size);
        return await new Drain(trial, queues, queues.Work, queues.Results).MeasureAsync(services.Pool);
    }
}
