using System.Diagnostics;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Running;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Scenarios.Brokers;

internal sealed class BrokerReadyScenario() : Scenario("broker-ready", "From starting a broker, which was killed with messages of 256 bytes waiting, until it takes connections; and its proportional set size before and after")
{
    private const int BodyBytes = 256, Window = 4000;
    private const double Mebibyte = 1024 * 1024;
    private const string Queue = "waiting";

    private static readonly Metric Ready = new("ready s", 2), Filled = new("filled MiB", 1), Started = new("started MiB", 1);

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(4);

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        .. ((long[])[100_000, 1_000_000]).SelectMany(waiting => (Subject[])
        [
            new(NameOf("RabbitMQ", waiting), trial => MeasureAsync(trial, () => StartAsync(Workbench.StartRabbitMqAsync()), waiting)) { Backlog = waiting, Against = NameOf("RabbitMQ", waiting) },
            new(NameOf("embedded", waiting), trial => MeasureAsync(trial, () => StartAsync(Workbench.StartEmbeddedAsync(trial.Installation)), waiting))
            {
                Backlog = waiting,
                Against = NameOf("RabbitMQ", waiting),
            },
        ]),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Ready, "of RabbitMQ");

    private static string NameOf(string broker, long waiting) => $"{broker}, {waiting:N0} waiting";

    private static async Task<PrivateBroker> StartAsync<T>(Task<T> starting)
        where T : PrivateBroker => await starting;

    private static async Task<Measurement> MeasureAsync(Trial trial, Func<Task<PrivateBroker>> start, long waiting)
    {
        await using var broker = await start();
        await FillAsync(broker, trial, waiting);
        await broker.SyncTablesAsync();
        await Task.Delay(Settled, TimeProvider.System, trial.Stop);
        var filled = ProcessFacts.ProportionalBytes(broker.Pid) / Mebibyte;

        broker.Kill();
        var began = Stopwatch.GetTimestamp();
        await broker.StartAgainAsync();
        var ready = Stopwatch.GetElapsedTime(began).TotalSeconds;

        await ExpectAsync(broker, trial, waiting);
        await Task.Delay(Settled, TimeProvider.System, trial.Stop);
        return new Measurement(waiting, [(Ready, ready), (Filled, filled), (Started, ProcessFacts.ProportionalBytes(broker.Pid) / Mebibyte)]);
    }

    private static async Task FillAsync(PrivateBroker broker, Trial trial, long waiting)
    {
        await using (var connection = await ConnectAsync(broker, trial))
        {
            await connection.DeclareQueueAsync(new QueueDefinition(Queue, trial.QueueType), trial.Stop);
        }

        await using var sender = await RawSender.ConnectAsync(broker.Port, Queue, RawMessage.Task(new string('x', BodyBytes)), Window, trial.Stop);
        await sender.SendAsync(waiting, trial.Stop);
    }

    /// <summary>Makes sure that all of them are there.</summary>
    private static async Task ExpectAsync(PrivateBroker broker, Trial trial, long waiting)
    {
        await using var connection = await ConnectAsync(broker, trial);
        var ready = 0L;
        await Eventually.TrueAsync(
            async () => (ready = (await connection.InspectQueueAsync(Queue, trial.Stop))?.Ready ?? 0) == waiting,
            () => $"{waiting} messages in {Queue} after the start; there are {ready}. What was measured does not count.");
    }

    private static async Task<RabbitMqBroker> ConnectAsync(PrivateBroker broker, Trial trial)
    {
        var connection = new RabbitMqBroker(broker.BrokerOptions, NullLoggerFactory.Instance, TimeProvider.System);
        await connection.ConnectAsync(trial.Stop);
        return connection;
    }
}
