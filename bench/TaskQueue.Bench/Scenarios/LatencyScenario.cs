using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;

namespace TaskQueue.Bench.Scenarios;

internal sealed class LatencyScenario() : Scenario("latency", "From the client's call to the result of an idle system, one task every 10 ms")
{
    // The fewest of which one in a thousand can be told.
    private const long DefaultMessages = 1000;

    /// <summary>What is compared.</summary>
    public static readonly Metric P50 = new("p50 ms", 2);

    private static readonly Metric
        P99 = new("p99 ms", 2), P999 = new("p99.9 ms", 2);

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("raw, three hops", trial => MeasureAsync(trial, isRaw: true)),
        new("client, dispatcher, pool", trial => MeasureAsync(trial, isRaw: false)),
    ];

    public override Comparison Comparison { get; } = Comparison.Difference(P50, "p50 above raw");

    /// <summary>Measures tasks one by one.</summary>
    public static async Task<Measurement> MeasureAsync(Trial trial, bool isRaw)
    {
        var report = await WholeSystem.DriveAsync(
            trial,
            DriveMode.Latency,
            isRaw,
            options => options with { Amount = options.Amount with { Messages = options.Amount.Messages ?? DefaultMessages } });
        var sorted = report.Milliseconds.Order().ToArray();
        var rate = Measurement.OfRate(report.Window);
        return new Measurement(
            sorted.Length, [(P50, At(sorted, 0.5)), (P99, At(sorted, 0.99)), (P999, At(sorted, 0.999)), (Metric.Cpu, rate[Metric.Cpu]!.Value)]);
    }

    // The nearest rank: a time that was really measured.
    private static double At(double[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)];
}
