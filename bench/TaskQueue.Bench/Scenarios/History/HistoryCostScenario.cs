using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios.History;

internal sealed class HistoryCostScenario() : Scenario("history", "Processor time of a dispatcher and of a pool of two processes, each fully loaded, without and with somebody who listens to what happens to tasks, and with one who takes nothing, so that the queue is full")
{
    private const long Roomy = 64 << 20, Full = 64 << 10;

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        Dispatcher("dispatcher", historyBytes: null),
        Dispatcher("dispatcher with history", Roomy),
        Dispatcher("dispatcher with a full history", Full),
        Pool("pool", historyBytes: null),
        Pool("pool with history", Roomy),
        Pool("pool with a full history", Full),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Cpu, "CPU of without");

    private static Subject Dispatcher(string name, long? historyBytes) => new(
        name,
        async trial =>
        {
            await using var queues = await DeclareAsync(trial, historyBytes);
            return await new Drain(trial, queues, queues.Tasks, queues.Work).MeasureAsync(new Services(trial, queues, new PoolSize(0)).Dispatcher);
        })
    {
        Against = "dispatcher",
    };

    private static Subject Pool(string name, long? historyBytes) => new(
        name,
        async trial =>
        {
            var size = new PoolSize(2);
            await using var queues = await DeclareAsync(trial, historyBytes);
            var services = new Services(trial, queues, size);
            await using var dispatcher = await services.Dispatcher.StartAsync();
            return await new Drain(trial, queues, queues.Work, queues.Results) { WarmUp = WorkScenario.WarmUp(size) }.MeasureAsync(services.Pool);
        })
    {
        Against = "pool",
    };

    private static async Task<QueueSet> DeclareAsync(Trial trial, long? historyBytes)
    {
        var queues = await trial.DeclareQueuesAsync();
        if (historyBytes is { } most)
        {
            await queues.DeclareHistoryAsync(most, trial.Stop);
        }

        return queues;
    }
}
