using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.Control;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool;

/// <summary>Hears what operators want by way of the broker, and has the pool's one loop do it.</summary>
internal sealed class PoolControl(
    ServiceContext context,
    ServiceIdentity identity,
    RabbitMqBroker broker,
    QueueNames names,
    PoolRunner runner,
    PoolReports reports,
    PoolCommands commands,
    Orders orders,
    Cancellations cancellations,
    ServiceLedger ledger,
    HeldTasks tasks) : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private Task _keeping = Task.CompletedTask;
    private ControlListener? _listener;

    /// <summary>Begins to hear. The broker is connected.</summary>
    public void Start()
    {
        _listener = ControlListener.Start(broker, names, identity, AllCommands(), AllowsSteering, Users, context.Logging.CreateLogger<ControlListener>());
        var keeper = new CancellationKeeper(
            broker,
            new CancellationStore(broker, names, runner.State.Configuration.Broker.QueueType, Users, TimeProvider.System),
            cancellations,
            commands,
            orders,
            AllowsSteering,
            TimeProvider.System,
            context.Logging.CreateLogger<PoolService>());
        _keeping = keeper.RunAsync(_listener.Ready, _stop.Token);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _keeping;
        _stop.Dispose();
        if (_listener is not null)
        {
            await _listener.DisposeAsync();
        }
    }

    private ControlUsers Users() => new(runner.State.Configuration.Broker.User, runner.State.Configuration.Service.ControlUsers);

    private bool AllowsSteering() => runner.State.Configuration.Service.AllowControl;

    private Dictionary<string, ControlCommand> AllCommands()
    {
        var all = ServiceCommands.Make(
            context.LogLevel,
            ledger,
            () => ledger.Extract(broker.Connections, tasks.CountLost),
            (report, stop) => orders.DoAsync(() => reports.Complete(report), stop));
        foreach (var (name, command) in commands.All)
        {
            all.Add(name, command);
        }

        all.Add(ControlCommands.Scale, ControlCommand.Steering((request, stop) => orders.DoAsync(() => ScaleAsync(request), stop)));
        all.Add(ControlCommands.Reload, ControlCommand.Steering((_, stop) => orders.DoAsync(() => ChangeAsync(new PoolChange.Reload()), stop)));
        return all;
    }

    private async Task<JsonNode?> ScaleAsync(ControlRequest request)
    {
        var name = request.RequiredText("type");
        var workers = request.RequiredNumber("workers", 0, ControlCommands.MostWorkers);
        return runner.State.Plan.Types.FirstOrDefault(type => string.Equals(type.WorkerType, name, StringComparison.OrdinalIgnoreCase)) is { LacksPlugin: false } type
            ? await ChangeAsync(new PoolChange.Scale(type.WorkerType, request.Text("group"), workers))
            : ControlAnswer.ToJson(new SteeringReport(Done: false, $"does not serve {name}"));
    }

    private async Task<JsonNode?> ChangeAsync(PoolChange change)
    {
        var outcome = await runner.ApplyAsync(change, context.Signals.StopTaking);
        return outcome.IsRefused ? throw new ControlRefusedException(outcome.Text) : ControlAnswer.ToJson(new SteeringReport(Done: true, outcome.Text));
    }
}
