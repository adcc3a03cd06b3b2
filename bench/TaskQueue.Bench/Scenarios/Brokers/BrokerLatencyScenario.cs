using TaskQueue.Bench.Measuring;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Scenarios.Brokers;

internal sealed class BrokerLatencyScenario() : Scenario("broker-latency", "From the client's call to the result of an idle system, on RabbitMQ with classic and quorum queues and on the embedded broker")
{
    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("RabbitMQ, classic queues", trial => LatencyScenario.MeasureAsync(trial with { QueueType = QueueType.Classic }, isRaw: false)),
        new("RabbitMQ, quorum queues", trial => LatencyScenario.MeasureAsync(trial with { QueueType = QueueType.Quorum }, isRaw: false)),
        new("embedded", async trial => await LatencyScenario.MeasureAsync(await trial.OnEmbeddedAsync(), isRaw: false)),
    ];

    public override Comparison Comparison { get; } = Comparison.Difference(LatencyScenario.P50, "p50 above classic queues");
}
