using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Hosting.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Web.Tests;

/// <summary>A dispatcher and a pool that say what a test wants, and note what they are told.</summary>
internal sealed class StandInServices : IAsyncDisposable
{
    private static readonly ControlUsers Users = new("guest", []);

    private readonly RabbitMqBroker _broker;
    private readonly List<ControlListener> _listeners = [];
    private long _told;

    private StandInServices(RabbitMqBroker broker) => _broker = broker;

    /// <summary>How the pool is.</summary>
    public ServiceReport Pool { get; set; } = new()
    {
        Version = "0.1.0",
        UptimeMilliseconds = 3_725_000,
        Broker = "127.0.0.1:5672",
        AllowControl = true,
        Types = [new TypeReport("resize") { Workers = 2, Ready = 2, Running = 1, Waiting = 1 }, new TypeReport("echo") { Workers = 1, Ready = 1 }],
    };

    /// <summary>How the dispatcher is.</summary>
    public ServiceReport Dispatcher { get; set; } = new() { Version = "0.1.0", UptimeMilliseconds = 86_400_000, Broker = "127.0.0.1:5672", AllowControl = true };

    /// <summary>The workers of the pool.</summary>
    public List<WorkerReport> Workers { get; set; } =
    [
        new WorkerReport("resize#1", "resize", "busy") { Pid = 4711, User = "resizer", UptimeMilliseconds = 60_000, Running = 1, Waiting = 1, Ended = 9_007_199_254_740_993 },
        new WorkerReport("resize#2", "resize", "idle") { Pid = 4712, User = "resizer", UptimeMilliseconds = 61_000, Ended = 12 },
        new WorkerReport("echo#1", "echo", "idle") { Pid = 4713, User = "nobody", UptimeMilliseconds = 62_000 },
    ];

    /// <summary>The tasks that the pool has.</summary>
    public List<TaskReport> Tasks { get; set; } =
    [
        new TaskReport("running-1", "resize") { Running = true, Worker = "resize#1", Pid = 4711, User = "resizer", Milliseconds = 4_000, Attempt = 1, Fraction = 0.25, Message = "page 1 of 4" },
        new TaskReport("waiting-1", "resize") { Milliseconds = 2_000, Attempt = 1 },
    ];

    /// <summary>What they were told, and by whom.</summary>
    public List<ControlRequest> Told { get; } = [];

    public static async Task<StandInServices> StartAsync(BrokerOptions options, CancellationToken cancellationToken)
    {
        var broker = new RabbitMqBroker(options, NullLoggerFactory.Instance, TimeProvider.System);
        await broker.ConnectAsync(cancellationToken);
        var services = new StandInServices(broker);
        await services.AddAsync(new ServiceIdentity("workerpool", "host1", 77, "pool-1"), () => services.Pool, () => services.Workers, () => services.Tasks);
        await services.AddAsync(new ServiceIdentity("dispatcher", "host1", 76, "dispatcher-1"), () => services.Dispatcher, () => [], () => []);
        return services;
    }

    /// <summary>Tells the history something, as the pool does.</summary>
    public Task TellAsync(params IReadOnlyList<TaskEvent> events)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        var batch = new EventBatch("stand-in", _told + 1) { Service = "workerpool", Host = "host1", Pid = 77, Started = now - 1, Sent = now, Events = events };
        _told += events.Count;
        return TellAsync(batch);
    }

    /// <summary>Tells the history something, as any service does.</summary>
    public Task TellAsync(EventBatch batch) => WebSystem.TellAsync(_broker, batch);

    /// <summary>Puts messages into a queue, which is made where it is missing.</summary>
    public async Task FillAsync(string queue, int messages)
    {
        await _broker.DeclareQueueAsync(new QueueDefinition(queue, QueueType.Classic), CancellationToken.None);
        for (var i = 0; i < messages; i++)
        {
            await _broker.PublishAsync(new OutgoingMessage(queue, new MessageProperties(), "x"u8.ToArray()), CancellationToken.None);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var listener in _listeners)
        {
            await listener.DisposeAsync();
        }

        await _broker.DisposeAsync();
    }

    private async Task AddAsync(ServiceIdentity identity, Func<ServiceReport> report, Func<List<WorkerReport>> workers, Func<List<TaskReport>> tasks)
    {
        var commands = new Dictionary<string, ControlCommand>(StringComparer.Ordinal)
        {
            [ControlCommands.Alive] = ControlCommand.Looking(_ => null),
            [ControlCommands.Status] = ControlCommand.Looking(_ => ControlAnswer.ToJson(report())),
            [ControlCommands.Workers] = ControlCommand.Looking(_ => ControlAnswer.ToJson(workers())),
            [ControlCommands.Running] = ControlCommand.Looking(request => ControlAnswer.ToJson(
                tasks().Where(task => (request.Text("id") is not { } id || task.Id == id) && (request.Text("type") is not { } type || task.WorkerType == type)).ToList())),
            [ControlCommands.Cancel] = Steering(request => ControlAnswer.ToJson(
                tasks().Where(task => request.Body["ids"]!.AsArray().Any(id => (string?)id == task.Id)).Select(task => new CancelReport(task.Id, Found: true) { Running = task.Running, Worker = task.Worker, Pid = task.Pid }).ToList())),
        };
        foreach (var command in (string[])[ControlCommands.Pause, ControlCommands.Resume, ControlCommands.Scale, ControlCommands.Reload])
        {
            commands[command] = Steering(request => ControlAnswer.ToJson(new SteeringReport(Done: identity.Kind == "workerpool" || command == ControlCommands.Reload, $"{command} on {identity.Kind}")));
        }

        var listener = ControlListener.Start(_broker, new QueueNames(), identity, commands, () => true, () => Users, NullLogger.Instance);
        _listeners.Add(listener);
        await listener.Ready;

        ControlCommand Steering(Func<ControlRequest, System.Text.Json.Nodes.JsonNode?> steer) => ControlCommand.Steering((request, _) =>
        {
            lock (Told)
            {
                Told.Add(request);
            }

            if (request.Command is ControlCommands.Pause or ControlCommands.Resume && identity.Kind == "workerpool")
            {
                Pool = Pool with { Types = [.. Pool.Types.Select(type => type.WorkerType == request.Text("type") ? type with { Paused = request.Command == ControlCommands.Pause } : type)] };
            }

            return Task.FromResult(steer(request));
        });
    }
}
