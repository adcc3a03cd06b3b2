using System.Diagnostics;
using TaskQueue.Chaos.Ledgers;
using TaskQueue.Chaos.Storms;

namespace TaskQueue.EndToEndTests;

/// <summary>How the storm tells times to recover from journals.</summary>
public sealed class RecoveryTimeTests
{
    private static readonly Dictionary<string, SentTask> Tasks = new(StringComparer.Ordinal)
    {
        ["early"] = new SentTask("early", At(1)) { Confirmed = At(1) },
        ["held"] = new SentTask("held", At(9)) { Confirmed = At(9) },
        ["late"] = new SentTask("late", At(11)) { Confirmed = At(11) },
    };

    [Fact]
    public void Of_a_worker_only_tasks_count_that_it_was_running()
    {
        TaskRun[] runs =
        [
            new("early", "pool-1", Pid: 7, At(5), End: At(6)),
            new("held", "pool-1", Pid: 7, At(9.5), End: null),
            new("late", "pool-2", Pid: 8, At(9.6), End: null),
            new("late", "pool-2", Pid: 9, At(15), At(16)),
            new("held", "pool-2", Pid: 9, At(10.4), At(11)),
        ];

        Assert.Equal([0.4], Seconds(new Strike(Victim.Worker, "worker", At(10), Workers: [7]), runs));
    }

    [Fact]
    public void Of_a_dispatcher_tasks_count_that_came_while_it_was_held()
    {
        TaskRun[] runs =
        [
            new("early", "pool-1", Pid: 7, At(10.2), At(11)),
            new("held", "pool-1", Pid: 7, At(10.3), At(11)),
            new("held", "pool-1", Pid: 7, At(12), At(13)),
            new("late", "pool-1", Pid: 7, At(11.5), At(12)),
        ];

        Assert.Equal([0.3], Seconds(new Strike(Victim.Dispatcher, "dispatcher-1", At(10), Workers: [], HeldSince: At(8)), runs));
    }

    [Fact]
    public void Of_a_node_every_pool_must_have_started_something_new()
    {
        TaskRun[] runs = [new("early", "pool-2", Pid: 8, At(10.5), At(11)), new("late", "pool-1", Pid: 7, At(12), At(13))];
        var strike = new Strike(Victim.Node, "node", At(10), Workers: []);

        Assert.Empty(Seconds(strike, runs));
        Assert.Equal([4.0], Seconds(strike, [.. runs, new("late", "pool-2", Pid: 8, At(14), At(15))]));
    }

    private static IEnumerable<double> Seconds(Strike strike, IReadOnlyList<TaskRun> runs) =>
        Recoveries.Of(strike, runs, Tasks, pools: 2).Select(time => Math.Round(time.TotalSeconds, 3));

    private static long At(double seconds) => (long)(seconds * Stopwatch.Frequency);
}
