using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.Bench.Scenarios.Brokers;

internal sealed class BrokerDelayedScenario() : Scenario("broker-delayed", "The pipeline on the embedded broker, while nothing and while a million messages are delayed")
{
    private const int Delayed = 1_000_000, Window = 4000;

    private static readonly Subject Nothing = new("nothing delayed", trial => MeasureAsync(trial, delayed: 0));

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        Nothing,
        .. ((long[])[Delayed / 10, Delayed]).Select(delayed => new Subject($"{delayed:N0} delayed", trial => MeasureAsync(trial, delayed)) { Backlog = delayed }),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of nothing delayed");

    private static async Task<Measurement> MeasureAsync(Trial trial, long delayed)
    {
        trial = await trial.OnEmbeddedAsync();

        // The queue of those that wait longest: none comes out while this runs.
        var level = new DelayQueues(new QueueNames("delayed_"), trial.QueueType, TimeProvider.System).All.MaxBy(queue => queue.MessageTtl ?? TimeSpan.Zero)!;
        await trial.Bench.Broker.DeclareQueueAsync(level, trial.Stop);
        try
        {
            if (delayed > 0)
            {
                await using var sender = await RawSender.ConnectAsync(trial.Bench.Server.Port, level.Name, RawMessage.Task(TaskText.Body()), Window, trial.Stop);
                await sender.SendAsync(delayed, trial.Stop);
            }

            return await PipelineScenario.MeasureAsync(trial, isRaw: false);
        }
        finally
        {
            await trial.Bench.Broker.DeleteQueueAsync(level.Name, CancellationToken.None);
        }
    }
}
