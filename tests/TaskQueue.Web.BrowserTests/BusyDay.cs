using System.Globalization;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing;

namespace TaskQueue.Web.BrowserTests;

/// <summary>A system with something on every page.</summary>
internal static class BusyDay
{
    /// <summary>The task that failed for good after a retry.</summary>
    public const string Buried = "0199a7c2-31f4-7be1-9d0a-5c1f6f1d2e77";

    /// <summary>The pages, by the names of their pictures.</summary>
    public static readonly IReadOnlyList<(string Name, string Path)> Pages =
    [
        ("overview", "/"), ("tasks", "/tasks"), ("task", $"/task?id={Buried}"), ("queues", "/queues"), ("workers", "/workers"), ("audit", "/audit"), ("confirm", "/act?do=scale&type=resize&host=host1"),
        ("buried", "/buried"), ("rejected", "/rejected"), ("unroutable", "/unroutable"), ("doctor", "/doctor"), ("message", $"/message?kind=buried&type=resize&id={Buried}"), ("kick", "/aside?kind=buried&do=kick&type=resize"),
    ];

    /// <summary>Those of them that do not change while they are looked at.</summary>
    public static readonly IReadOnlySet<string> Still = new HashSet<string>(["confirm", "buried", "rejected", "unroutable", "doctor", "message", "kick"], StringComparer.Ordinal);

    private static readonly string[] Types = ["checksum", "echo", "report", "resize", "thumbnail"];

    public static async Task<StandInServices> StartAsync(WebSystem web, CancellationToken cancellationToken)
    {
        var services = await StandInServices.StartAsync(web.BrokerOptions, cancellationToken);
        services.Pool = services.Pool with
        {
            Types =
            [
                new TypeReport("checksum") { Workers = 4, Ready = 4, Running = 3 }, new TypeReport("echo") { Workers = 1, Ready = 1 }, new TypeReport("report") { Workers = 1, Paused = true },
                new TypeReport("resize") { Workers = 4, Ready = 4, Running = 4, Waiting = 12 }, new TypeReport("thumbnail") { Workers = 2 },
            ],
            Problems = [new ServiceProblem(ServiceProblem.DoesNotStart, "quality = \"high\": expected a whole number from 1 to 100") { WorkerType = "thumbnail", Section = "thumbnail" }],
            Failures = [new FailureReport(TimeProvider.System.GetUtcNow().AddMinutes(-3), Buried, "resize", "permanent", "cannot identify image file '/srv/in/cat.heic'")],
        };
        services.Workers = [.. services.Pool.Types.SelectMany((type, i) => Enumerable.Range(1, type.Workers).Select(number =>
            new WorkerReport($"{type.WorkerType}#{number}", type.WorkerType, number <= type.Running ? "busy" : type.WorkerType == "thumbnail" ? "refused" : "idle")
            {
                Pid = type.WorkerType == "thumbnail" ? null : 4000 + (10 * i) + number,
                User = type.WorkerType == "report" ? "reports" : "taskqueue-worker",
                UptimeMilliseconds = 8_000_000 + (1000 * number),
                Running = number <= type.Running ? 1 : 0,
                Ended = 1_291 * (i + number),
            }))];
        services.Tasks = [.. services.Workers.Where(worker => worker.Running > 0).Select((worker, i) =>
            new TaskReport($"0199a7c3-{4096 + (i * 77):x4}-7a10-8c3e-{i:x2}d41f8b2c90", worker.WorkerType) { Running = true, Worker = worker.Worker, Pid = worker.Pid, User = worker.User, Milliseconds = 1_300 * (i + 1), Attempt = 1, Fraction = i % 2 == 0 ? 0.1 * (i + 1) : null, Message = i % 2 == 0 ? $"page {i + 1} of 10" : null })];
        foreach (var (queue, messages) in ((string, int)[])[("taskqueue", 3), ("worker_checksum", 0), ("worker_echo", 0), ("worker_report", 17), ("worker_resize", 240), ("worker_thumbnail", 31), ("results", 5), ("taskqueue.rejected", 1)])
        {
            await services.FillAsync(queue, messages);
        }

        await BuryAsync(web, cancellationToken);
        await services.TellAsync(Counts());
        await services.TellAsync(Tasks());
        await Eventually.TrueAsync(async () => (await web.Client.GetAsync($"/api/v1/tasks/{Buried}", cancellationToken)).IsSuccessStatusCode, () => "the tasks");
        await web.Client.PostAsync("/api/v1/types/report/pause", content: null, cancellationToken);
        await web.Client.PostAsync("/api/v1/types/resize/scale?workers=4", content: null, cancellationToken);
        return services;
    }

    private static async Task BuryAsync(WebSystem web, CancellationToken cancellationToken)
    {
        await using var broker = await web.ConnectAsync(cancellationToken);
        await broker.DeclareQueueAsync(new QueueDefinition("worker_resize.buried"), cancellationToken);
        foreach (var (id, reason, error) in ((string, string, string)[])
            [
                (Buried, "permanent", "cannot identify image file '/srv/in/cat.heic'"), ("0199a7c1-0391-7c55-b1d2-01aa07e3c4f1", "timeout", "no end within 30 s"), ("0199a7c1-0722-7c55-b1d2-02aa07e3c4f1", "timeout", "no end within 30 s"),
            ])
        {
            var properties = new MessageProperties
            {
                MessageId = id,
                ContentType = "application/json",
                Headers = new Dictionary<string, object?>(StringComparer.Ordinal)
                {
                    [HeaderNames.Reason] = reason,
                    [HeaderNames.Error] = error,
                    [HeaderNames.Attempts] = 2,
                    [HeaderNames.LastFailure] = TimeProvider.System.GetUtcNow().AddMinutes(-3).ToString("O", CultureInfo.InvariantCulture),
                    [HeaderNames.Host] = "host1",
                    [HeaderNames.Worker] = "resize#1",
                    ["tenant"] = "seven",
                },
            };
            await broker.PublishAsync(new OutgoingMessage("worker_resize.buried", properties, """{"fields": {"path": "/srv/in/cat.heic", "width": 640}}"""u8.ToArray()), cancellationToken);
        }
    }

    private static List<TaskEvent> Counts()
    {
        var random = new Random(7);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        return [.. Enumerable.Range(0, 62).SelectMany(minute => Types.Select((type, i) =>
        {
            var done = type == "thumbnail" ? 0 : (long)((40 * (i + 1)) + (30 * Math.Sin(minute / 6d)) + random.Next(20));
            return new TaskEvent(TaskEventKinds.Counts, now - (minute * 60_000))
            {
                Type = type,
                Counts = new Dictionary<string, long> { ["dispatched"] = type == "resize" ? done + 4 : done, ["success"] = done, ["permanent"] = type == "resize" && minute % 9 == 0 ? 12 : 0 },
                Run = new Dictionary<int, long> { [18 + i] = done, [24 + i] = done / 10, [30] = done / 50 },
                Wait = new Dictionary<int, long> { [20] = done, [32] = done / 20 },
            };
        }))];
    }

    private static List<TaskEvent> Tasks()
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var told = new List<TaskEvent>();
        for (var i = 20; i > 0; i--)
        {
            var (id, type, at, isBad) = ($"0199a7c1-{i * 913:x4}-7c55-b1d2-{i:x2}aa07e3c4f1", Types[i % 4], now - (i * 7_000), i % 11 == 3);
            told.Add(new TaskEvent(TaskEventKinds.Dispatched, at) { Id = id, Type = type, Queue = $"worker_{type}" });
            told.Add(Started(id, type, at + 40, attempt: 1));
            told.Add(new TaskEvent(TaskEventKinds.Ended, at + 900) { Id = id, Type = type, Attempt = 1, Outcome = isBad ? "timeout" : "success", RunMilliseconds = 11.3 * i, Error = isBad ? "no end within 30 s" : null });
        }

        var began = now - 190_000;
        told.Add(new TaskEvent(TaskEventKinds.Dispatched, began) { Id = Buried, Type = "resize", Queue = "worker_resize" });
        told.Add(Started(Buried, "resize", began + 60, attempt: 1));
        told.Add(new TaskEvent(TaskEventKinds.Ended, began + 2_060) { Id = Buried, Type = "resize", Attempt = 1, Worker = "resize#2", Pid = 4032, Outcome = "crash", ExitCode = 139, RunMilliseconds = 2000, Error = "The worker died of SIGSEGV." });
        told.Add(new TaskEvent(TaskEventKinds.Retried, began + 2_070) { Id = Buried, Type = "resize", Attempt = 1, Until = began + 12_070, Queue = "taskqueue.delay.10s" });
        told.Add(Started(Buried, "resize", began + 12_200, attempt: 2) with { Body = """{"fields": {"path": "/srv/in/cat.heic", "width": 640}}""", BodyBytes = 54, ContentType = "application/json" });
        told.Add(new TaskEvent(TaskEventKinds.Progress, began + 12_900) { Id = Buried, Type = "resize", Attempt = 2, Fraction = 0.3, Message = "reading cat.heic" });
        told.Add(new TaskEvent(TaskEventKinds.Ended, began + 13_500) { Id = Buried, Type = "resize", Attempt = 2, Worker = "resize#1", Pid = 4031, Outcome = "permanent", RunMilliseconds = 1300, CpuMilliseconds = 840, PeakBytes = 87_000_000, ErrorType = "UnidentifiedImageError", Error = "cannot identify image file '/srv/in/cat.heic'\n  at Resize.Open(String path)\n  at Resize.HandleTask(WorkItem item)" });
        told.Add(new TaskEvent(TaskEventKinds.Buried, began + 13_510) { Id = Buried, Type = "resize", Attempt = 2, Queue = "worker_resize.buried" });
        return told;
    }

    private static TaskEvent Started(string id, string type, long at, int attempt) =>
        new(TaskEventKinds.Started, at) { Id = id, Type = type, Attempt = attempt, Worker = $"{type}#{3 - attempt}", Pid = 4033 - attempt, User = "taskqueue-worker", Plugin = "9f2c41aa07e3" };
}
