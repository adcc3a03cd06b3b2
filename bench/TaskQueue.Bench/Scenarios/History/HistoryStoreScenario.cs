using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Bench.Measuring;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Bench.Scenarios.History;

internal sealed class HistoryStoreScenario() : Scenario("history-store", "The database of the history: how fast it is filled, how large it is then, and how long looking takes (the 95th percentile of 200 looks)")
{
    private const int EventsOfTask = 3, TasksAtOnce = 1_000, Types = 20, Days = 10, Looks = 200;
    private const double Mebibyte = 1024 * 1024;

    private static readonly string[] Outcomes = ["permanent", "temporary", "crash", "timeout"];

    private static readonly Metric Written = new("events per second"), Size = new("MiB", 0), One = new("task ms", 1), Filtered = new("type, outcome, day ms", 1), Text = new("error text ms", 1), Prefix = new("id begins ms", 1);

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        .. ((long[])[1_000_000, 10_000_000]).Select(events => new Subject($"{events.ToString("N0", CultureInfo.InvariantCulture)} events", trial => MeasureAsync(trial, events)) { Backlog = events / 10 }),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(One, "of fewer");

    private static async Task<Measurement> MeasureAsync(Trial trial, long events)
    {
        var folder = Directory.CreateTempSubdirectory("taskqueue-history-");
        try
        {
            var now = TimeProvider.System.GetUtcNow();
            using var store = HistoryStore.Open(folder.FullName, new HistoryOptions { MaxSizeBytes = 64L << 30 }, TimeProvider.System, NullLogger.Instance);
            var began = Stopwatch.GetTimestamp();
            var tasks = events / EventsOfTask;
            var start = now.AddDays(-Days).ToUnixTimeMilliseconds();
            for (var first = 0L; first < tasks; first += TasksAtOnce)
            {
                trial.Stop.ThrowIfCancellationRequested();
                var told = Enumerable.Range(0, TasksAtOnce).SelectMany(i => LifeOf(first + i, start + ((first + i) * Days * 86_400_000L / tasks))).ToList();
                if (store.TryWrite([new EventBatch("bench", (first * EventsOfTask) + 1) { Service = "workerpool", Host = "host1", Events = told }]) is null)
                {
                    throw new InvalidOperationException($"The history is not written: {store.Trouble}");
                }
            }

            var seconds = Stopwatch.GetElapsedTime(began).TotalSeconds;
            var day = (From: start + (4 * 86_400_000L), To: start + (5 * 86_400_000L));
            return new Measurement(
                events,
                [
                    (Written, events / seconds),
                    (Size, folder.EnumerateFiles().Sum(file => file.Length) / Mebibyte),
                    (One, await TimeAsync(i => store.Reader.TaskAsync(IdOf(i * 7919L % tasks), trial.Stop))),
                    (Filtered, await TimeAsync(i => store.Reader.FindAsync(new HistoryQuery { Type = $"type{i % Types}", Outcome = Outcomes[i % Outcomes.Length], From = day.From, To = day.To, Limit = 500 }, trial.Stop))),
                    (Text, await TimeAsync(i => store.Reader.FindAsync(new HistoryQuery { Type = $"type{i % Types}", Error = $"number {i}", From = day.From, To = day.To }, trial.Stop))),
                    (Prefix, await TimeAsync(i => store.Reader.FindAsync(new HistoryQuery { Id = IdOf(i * 7919L % tasks)[..9] }, trial.Stop))),
                ]);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    // Like random ones: so they are all over the index.
    private static string IdOf(long task) => new Guid((uint)EventSampling.Hash($"{task}"), (ushort)(task >> 16), (ushort)task, 1, 2, 3, 4, 5, 6, 7, 8).ToString();

    private static TaskEvent[] LifeOf(long task, long at)
    {
        var (id, type, hasFailed) = (IdOf(task), $"type{task % Types}", task % 20 == 0);
        return
        [
            new TaskEvent(TaskEventKinds.Dispatched, at) { Id = id, Type = type, Published = at, Queue = $"worker_{type}" },
            new TaskEvent(TaskEventKinds.Started, at + 2) { Id = id, Type = type, Attempt = 1, Worker = type + "#1", Pid = 4711, User = "taskqueue-worker", Plugin = "0123456789ab", Published = at, BodyBytes = 100, ContentType = "application/json" },
            new TaskEvent(TaskEventKinds.Ended, at + 9)
            {
                Id = id,
                Type = type,
                Attempt = 1,
                Worker = type + "#1",
                Pid = 4711,
                User = "taskqueue-worker",
                Plugin = "0123456789ab",
                Started = at + 2,
                RunMilliseconds = 7,
                Outcome = hasFailed ? Outcomes[task / 20 % Outcomes.Length] : "success",
                Error = hasFailed ? $"The file that is number {task} of all files is not there any more" : null,
            },
        ];
    }

    private static async Task<double> TimeAsync<T>(Func<int, Task<T>> look)
    {
        await look(0);
        var took = new List<double>();
        for (var i = 0; i < Looks; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await look(i);
            took.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }

        took.Sort();
        return took[(int)(Looks * 0.95)];
    }
}
