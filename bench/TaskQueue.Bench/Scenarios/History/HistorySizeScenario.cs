using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Bench.Measuring;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Bench.Scenarios.History;

internal sealed class HistorySizeScenario() : Scenario("history-size", "How large the files of the history become that is to be of at most so many bytes, over ten times that volume of tasks with bodies of 32 KiB")
{
    private const long Mebibyte = 1024 * 1024;
    private const int Volumes = 10, BodyBytes = 32 * 1024, TasksAtOnce = 100;

    private static readonly Metric Largest = new("largest, MiB", 0), Share = new("of the bound", 2), Written = new("MiB/s", 1);

    public override IReadOnlyList<Subject> Subjects { get; } =
        [.. ((long[])[128, 1024]).Select(bound => new Subject($"{bound.ToString(CultureInfo.InvariantCulture)} MiB", trial => MeasureAsync(trial, bound * Mebibyte)) { Backlog = bound * Mebibyte * Volumes / BodyBytes })];

    public override Comparison Comparison { get; } = Comparison.Ratio(Share, "of fewer");

    private static async Task<Measurement> MeasureAsync(Trial trial, long bound)
    {
        var folder = Directory.CreateTempSubdirectory("taskqueue-history-");
        try
        {
            using var store = HistoryStore.Open(folder.FullName, new HistoryOptions { MaxSizeBytes = bound }, TimeProvider.System, NullLogger.Instance);
            var (body, random) = (new char[BodyBytes], new Random(1));
            var (largest, written, number) = (0L, 0L, 0L);
            var began = Stopwatch.GetTimestamp();
            while (written < bound * Volumes)
            {
                trial.Stop.ThrowIfCancellationRequested();
                var told = new List<TaskEvent>();
                for (var i = 0; i < TasksAtOnce; i++, number++)
                {
                    random.GetItems("0123456789abcdef", body);
                    var (id, at) = ($"task-{number}", TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds());
                    told.Add(new TaskEvent(TaskEventKinds.Started, at) { Id = id, Type = "resize", Attempt = 1, Worker = "resize#1", Pid = 4711, Body = new string(body), BodyBytes = BodyBytes });
                    told.Add(new TaskEvent(TaskEventKinds.Ended, at + 1) { Id = id, Type = "resize", Attempt = 1, Worker = "resize#1", Pid = 4711, Outcome = "success", RunMilliseconds = 1 });
                    written += BodyBytes;
                }

                if (store.TryWrite([new EventBatch("bench", (2 * (number - TasksAtOnce)) + 1) { Service = "workerpool", Host = "host1", Events = told }]) is null)
                {
                    throw new InvalidOperationException($"The history is not written: {store.Trouble}");
                }

                largest = Math.Max(largest, folder.EnumerateFiles().Sum(file => file.Length));
            }

            return new Measurement(
                number,
                [
                    (Largest, largest / (double)Mebibyte),
                    (Share, largest / (double)bound),
                    (Written, written / (double)Mebibyte / Stopwatch.GetElapsedTime(began).TotalSeconds),
                ]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
