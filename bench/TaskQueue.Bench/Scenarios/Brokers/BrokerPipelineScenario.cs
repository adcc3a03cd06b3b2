using TaskQueue.Bench.Measuring;

namespace TaskQueue.Bench.Scenarios.Brokers;

internal sealed class BrokerPipelineScenario() : Scenario("broker", "The pipeline of client, dispatcher and a pool of two processes, on RabbitMQ and on the embedded broker")
{
    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("RabbitMQ", trial => PipelineScenario.MeasureAsync(trial, isRaw: false)),
        new("embedded", async trial => await PipelineScenario.MeasureAsync(await trial.OnEmbeddedAsync(), isRaw: false)),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of RabbitMQ");
}
