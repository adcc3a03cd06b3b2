using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;

namespace TaskQueue.Bench.Scenarios;

internal sealed class PipelineScenario() : Scenario("pipeline", "From the client through the dispatcher and a pool of two processes to the result, everything at once")
{
    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("raw, three hops", trial => MeasureAsync(trial, isRaw: true)),
        new("client, dispatcher, pool", trial => MeasureAsync(trial, isRaw: false)),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of raw");

    /// <summary>Measures the pipeline.</summary>
    public static async Task<Measurement> MeasureAsync(Trial trial, bool isRaw) =>
        Measurement.OfRate((await WholeSystem.DriveAsync(trial, DriveMode.Pipeline, isRaw)).Window);
}
