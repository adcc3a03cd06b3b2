using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class DispatchScenario() : Scenario("dispatch", "From taskqueue to the queue of a worker type")
{
    public override IReadOnlyList<Subject> Subjects { get; } = [RawHop.ToWorkers, new("dispatcher", MeasureAsync)];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of raw");

    private static async Task<Measurement> MeasureAsync(Trial trial)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial.Bench, queues, new PoolSize(0));
        return await new Drain(trial, queues, queues.Tasks, queues.Work).MeasureAsync(services.Dispatcher);
    }
}
