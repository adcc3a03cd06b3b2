using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;

namespace TaskQueue.Bench.Scenarios;

internal sealed class LargeScenario() : Scenario("large", "As pipeline, with large bodies")
{
    private const int Megabyte = 1_000_000;

    private static readonly Metric Rate = new("MB per second");

    public override IReadOnlyList<Subject> Subjects { get; } = [.. Pair(1, window: 32), .. Pair(16, window: 4)];

    public override Comparison Comparison { get; } = Comparison.Ratio(Rate, "of raw");

    private static Subject[] Pair(int megabytes, int window)
    {
        var raw = $"raw, three hops, {megabytes} MB";
        return
        [
            new(raw, trial => MeasureAsync(trial, megabytes, window, isRaw: true)) { Against = raw },
            new($"client, dispatcher, pool, {megabytes} MB", trial => MeasureAsync(trial, megabytes, window, isRaw: false)) { Against = raw },
        ];
    }

    private static async Task<Measurement> MeasureAsync(Trial trial, int megabytes, int window, bool isRaw)
    {
        // A number of messages that was asked for is one of small messages.
        var report = await WholeSystem.DriveAsync(
            trial,
            DriveMode.Pipeline,
            isRaw,
            options => options with { BodyBytes = megabytes * Megabyte, Window = window, Amount = options.Amount with { Messages = null } });
        var rate = Measurement.OfRate(report.Window);
        return rate with { Values = [(Rate, megabytes * rate[Metric.Rate]!.Value), .. rate.Values.Where(value => value.Metric != Metric.Rate)] };
    }
}
