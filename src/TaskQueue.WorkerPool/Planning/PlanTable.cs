using TaskQueue.Configuration;
using TaskQueue.Plugins;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>What <c>--check</c> tells of a pool: the processes it would run.</summary>
internal static class PlanTable
{
    private static readonly string[] Header = ["TYPE", "GROUP", "WORKERS", "CONCURRENCY", "USER", "PLUGIN OR COMMAND"];

    public static bool Print(TaskQueueConfiguration configuration, TextWriter output)
    {
        var plan = new PoolPlanner(WorkerExecutable.Path, PlanFacts.Current)
            .Plan(configuration, PluginDiscovery.Scan(configuration.Service.PluginDir));
        Write(plan, output);
        foreach (var problem in plan.Problems.Concat(plan.Notes))
        {
            Console.Error.WriteLine(problem);
        }

        return plan.Problems.Count == 0;
    }

    public static void Write(PoolPlan plan, TextWriter output)
    {
        List<string[]> rows = [Header];
        foreach (var type in plan.Types)
        {
            rows.AddRange(type.Workers.GroupBy(worker => worker.Options.Group).Select(group => Row(type.WorkerType, [.. group])));
        }

        var widths = Enumerable.Range(0, Header.Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        foreach (var row in rows)
        {
            output.WriteLine(string.Join("  ", row.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }

    private static string[] Row(string workerType, IReadOnlyList<WorkerSpec> workers) =>
    [
        workerType,
        workers[0].Options.Group ?? "-",
        workers.Count.ToString(),
        workers[0].Options.Concurrency.ToString(),
        workers[0].Options.User ?? PlanFacts.Current.User,
        workers[0].Runs,
    ];
}
