using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class CommandScenario() : Scenario("command", "Work, with a program that is started for each task (/bin/cat) in the place of a plugin")
{
    public override IReadOnlyList<Subject> Subjects { get; } = [Pool(new PoolSize(1)), Pool(new PoolSize(2)), Pool(new PoolSize(8)), Pool(new PoolSize(1, 16))];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of 1 process");

    private static Subject Pool(PoolSize size) => new(size.ToString(), async trial =>
    {
        // Each task of these costs thousands of times what one of "work" does.
        const long WarmUp = 200;
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial, queues, size, command: "/bin/cat");

        // Moves what the pool puts off: while the runtime is cold, tasks are long now and short then.
        await using var dispatcher = await services.Dispatcher.StartAsync();
        return await new Drain(trial, queues, queues.Work, queues.Results) { WarmUp = WarmUp }.MeasureAsync(services.Pool);
    });
}
