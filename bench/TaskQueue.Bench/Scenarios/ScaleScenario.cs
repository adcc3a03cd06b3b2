using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class ScaleScenario() : Scenario("scale", "What a task costs with more tasks waiting, and with more worker processes")
{
    private static readonly long[] Backlogs = [1_000, 10_000, 100_000, 1_000_000];
    private static readonly int[] Processes = [1, 10, 100, 200];

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        .. AgainstFirst([.. Backlogs.Select(backlog => new Subject(
            $"dispatcher, {backlog:N0} waiting", trial => DispatchScenario.MeasureAsync(trial, backlog)) { Backlog = backlog })]),
        .. AgainstFirst([.. Backlogs.Select(backlog => new Subject(
            $"2 processes, {backlog:N0} waiting", trial => WorkScenario.MeasureAsync(trial, new PoolSize(2), backlog)) { Backlog = backlog })]),
        .. AgainstFirst([.. Processes.Select(processes => WorkScenario.Pool(new PoolSize(processes)))]),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Metric.Cpu, "CPU of the least");

    private static IEnumerable<Subject> AgainstFirst(IReadOnlyList<Subject> subjects) => subjects.Select(subject => subject with { Against = subjects[0].Name });
}
