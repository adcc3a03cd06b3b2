using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class PublishScenario() : Scenario("publish", "From a program to taskqueue, confirmed, up to 4,000 at once")
{
    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("raw publish", trial => MeasureAsync(trial, isRaw: true)),
        new("client", trial => MeasureAsync(trial, isRaw: false)),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Rate, "of raw");

    private static async Task<Measurement> MeasureAsync(Trial trial, bool isRaw)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var report = await DriverProcess.RunAsync(DriverProcess.Options(trial, queues, DriveMode.Publish, isRaw), trial.Stop);
        await queues.ExpectAsync(queues.Tasks, report.Sent, trial.Stop);
        return Measurement.OfRate(report.Window);
    }
}
