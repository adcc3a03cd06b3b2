using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class DispatchScenario() : Scenario("dispatch", "From taskqueue to the queue of a worker type")
{
    public override IReadOnlyList<Subject> Subjects { get; } = [RawHop.ToWorkers, new("dispatcher", trial => MeasureAsync(trial))];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of raw");

    /// <summary>Measures a dispatcher.</summary>
    /// <param name="trial">The run.</param>
    /// <param name="backlog">How many tasks wait, or <see langword="null"/> for as many as are measured.</param>
    public static async Task<Measurement> MeasureAsync(Trial trial, long? backlog = null)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial, queues, new PoolSize(0));
        return await new Drain(trial, queues, queues.Tasks, queues.Work) { Backlog = backlog }.MeasureAsync(services.Dispatcher);
    }
}
