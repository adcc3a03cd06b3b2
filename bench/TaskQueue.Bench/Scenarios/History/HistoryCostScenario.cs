using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios.History;

internal sealed class HistoryCostScenario() : Scenario("history", "Processor time of a dispatcher and of a pool of two processes, each fully loaded, without and with somebody who listens to what happens to tasks")
{
    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        Dispatcher("dispatcher", isHeard: false),
        Dispatcher("dispatcher with history", isHeard: true),
        Pool("pool", isHeard: false),
        Pool("pool with history", isHeard: true),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Cpu, "CPU of without");

    private static Subject Dispatcher(string name, bool isHeard) => new(
        name,
        async trial =>
        {
            await using var queues = await DeclareAsync(trial, isHeard);
            return await new Drain(trial, queues, queues.Tasks, queues.Work).MeasureAsync(new Services(trial, queues, new PoolSize(0)).Dispatcher);
        })
    {
        Against = "dispatcher",
    };

    private static Subject Pool(string name, bool isHeard) => new(
        name,
        async trial =>
        {
            var size = new PoolSize(2);
            await using var queues = await DeclareAsync(trial, isHeard);
            var services = new Services(trial, queues, size);
            await using var dispatcher = await services.Dispatcher.StartAsync();
            return await new Drain(trial, queues, queues.Work, queues.Results) { WarmUp = WorkScenario.WarmUp(size) }.MeasureAsync(services.Pool);
        })
    {
        Against = "pool",
    };

    private static async Task<QueueSet> DeclareAsync(Trial trial, bool isHeard)
    {
        var queues = await trial.DeclareQueuesAsync();
        if (isHeard)
        {
            await queues.DeclareHistoryAsync(trial.Stop);
        }

        return queues;
    }
}
