using System.Diagnostics;
using TaskQueue.Chaos.Ledgers;

namespace TaskQueue.Chaos.Storms;

/// <summary>Tells from journals how long it took until work that a blow had stopped went on.</summary>
internal static class Recoveries
{
    /// <summary>The times from a blow to the new start of each task that it stopped.</summary>
    /// <remarks>
    /// <para>Workers, pools and their links: each task that was running there counts; it is over when a worker has started it again.</para>
    /// <para>Dispatchers and their links: each task counts that was confirmed while the dispatcher was held, and that had not
    /// been started when it was struck.</para>
    /// <para>Nodes: it is over when every pool has started a task that was published after the blow.</para>
    /// </remarks>
    public static IEnumerable<TimeSpan> Of(Strike strike, IReadOnlyList<TaskRun> runs, IReadOnlyDictionary<string, SentTask> tasks, int pools) => strike.Victim switch
    {
        Victim.Node => OfNode(strike, runs, tasks, pools),
        Victim.Dispatcher or Victim.DispatcherLink => OfDispatcher(strike, runs, tasks.Values),
        _ => OfWorkers(strike, runs),
    };

    private static IEnumerable<TimeSpan> OfWorkers(Strike strike, IReadOnlyList<TaskRun> runs)
    {
        var stopped = runs.Where(run => strike.Workers.Contains(run.Pid) && run.IsOpenAt(strike.Time)).ToList();
        foreach (var run in stopped)
        {
            if (FirstStartAfter(strike.Time, runs.Where(other => other.Id == run.Id)) is { } again)
            {
                yield return Stopwatch.GetElapsedTime(strike.Time, again);
            }
        }
    }

    private static IEnumerable<TimeSpan> OfDispatcher(Strike strike, IReadOnlyList<TaskRun> runs, IEnumerable<SentTask> tasks)
    {
        var held = tasks.Where(task => task.Confirmed >= strike.HeldSince && task.Confirmed < strike.Time).Select(task => task.Id).ToHashSet();
        return runs
            .Where(run => held.Contains(run.Id))
            .GroupBy(run => run.Id)
            .Select(group => group.Min(run => run.Start))
            .Where(start => start > strike.Time)
            .Select(start => Stopwatch.GetElapsedTime(strike.Time, start));
    }

    private static IEnumerable<TimeSpan> OfNode(Strike strike, IReadOnlyList<TaskRun> runs, IReadOnlyDictionary<string, SentTask> tasks, int pools)
    {
        var firsts = runs
            .Where(run => run.Start > strike.Time && tasks.TryGetValue(run.Id, out var task) && task.Sent > strike.Time)
            .GroupBy(run => run.Site)
            .Select(site => site.Min(run => run.Start))
            .ToList();
        if (firsts.Count == pools)
        {
            yield return Stopwatch.GetElapsedTime(strike.Time, firsts.Max());
        }
    }

    private static long? FirstStartAfter(long time, IEnumerable<TaskRun> runs)
    {
        var starts = runs.Where(run => run.Start > time).Select(run => run.Start).ToList();
        return starts.Count == 0 ? null : starts.Min();
    }
}
