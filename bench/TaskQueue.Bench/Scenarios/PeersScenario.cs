using System.Text;
using System.Text.Json;
using RabbitMQ.Client;
using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Running;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Scenarios;

internal sealed class PeersScenario() : Scenario("peers", "The hop of work, two tasks at once, by us and by others; Celery with classic queues, as it knows no others")
{
    private static readonly string PeersFolder = Path.Combine(Installation.SourceTree, "bench", "peers");

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        WorkScenario.Pool(new PoolSize(2)),
        RawHop.ToResults,
        new("Celery, results confirmed", trial => CeleryAsync(trial, confirms: true)),
        new("Celery, results not confirmed", trial => CeleryAsync(trial, confirms: false)),
        new("MassTransit, one process", MassTransitAsync),
    ];

    public override Comparison Comparison { get; } = new(Metric.Rate, "times as fast are we", 2, (value, ours) => ours / value);

    private static async Task<Measurement> CeleryAsync(Trial trial, bool confirms)
    {
        await using var queues = await trial.Bench.DeclareQueuesAsync(QueueType.Classic, trial.Stop);
        var launch = new Launch(
            "/usr/bin/env",
            [
                $"PYTHONPATH={Path.Combine(PeersFolder, "celery")}",
                "PYTHONDONTWRITEBYTECODE=1",
                $"PEER_BROKER=amqp://guest:guest@127.0.0.1:{trial.Bench.Server.Port}//",
                $"PEER_QUEUE={queues.Work}",
                $"PEER_CONFIRMS={(confirms ? "yes" : "no")}",
                "/usr/bin/python3", "-m", "celery", "--app", "noop", "worker",
                "--concurrency", "2", "--loglevel", "WARNING", "--without-gossip", "--without-mingle", "--without-heartbeat",
            ],
            ("noop is ready", 1));
        return await new Drain(trial, queues, queues.Work, queues.Results) { Message = CeleryTask(queues.Results) }.MeasureAsync(launch);
    }

    // https://docs.celeryq.dev/en/stable/internals/protocol.html, version 2
    private static RawMessage CeleryTask(string results) => new(
        Encoding.UTF8.GetBytes($$"""[["{{TaskText.Argument(TaskText.UsualBytes)}}"], {}, {"callbacks": null, "errbacks": null, "chain": null, "chord": null}]"""),
        () => new BasicProperties
        {
            ContentType = "application/json",
            ContentEncoding = "utf-8",
            Persistent = true,
            ReplyTo = results,
            Headers = new Dictionary<string, object?>
            {
                ["lang"] = "py",
                ["task"] = "noop",
                ["retries"] = 0,
                ["eta"] = null,
                ["expires"] = null,
                ["group"] = null,
                ["parent_id"] = null,
            },
        },
        (properties, id) => (properties.CorrelationId, properties.Headers!["id"], properties.Headers["root_id"]) = (id, id, id));

    private static async Task<Measurement> MassTransitAsync(Trial trial)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));
        var launch = new Launch(
            Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "..", "..", "TaskQueue.Peers.MassTransit", configuration, "masstransit-peer")),
            [$"{trial.Bench.Server.Port}", queues.Work, queues.Results, trial.QueueType.ToString()], ("masstransit-peer is ready", 1));
        return await new Drain(trial, queues, queues.Work, queues.Results) { Message = MassTransitTask() }.MeasureAsync(launch);
    }

    // https://masstransit.io/documentation/concepts/messages#message-envelope
    private static RawMessage MassTransitTask()
    {
        var envelope = new
        {
            messageId = Guid.NewGuid(),
            messageType = (string[])["urn:message:TaskQueue.Peers:Job"],
            message = new { text = TaskText.Argument(TaskText.UsualBytes) },
        };
        return new RawMessage(
            JsonSerializer.SerializeToUtf8Bytes(envelope),
            () => new BasicProperties { ContentType = "application/vnd.masstransit+json", Persistent = true },
            (properties, id) => properties.MessageId = id);
    }
}
