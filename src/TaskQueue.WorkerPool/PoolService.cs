using Microsoft.Extensions.Logging;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Events;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Hosting.Unreadable;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.Control;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool;

/// <summary>The pool, put together; its one loop; its start and its end.</summary>
internal sealed class PoolService : IAsyncDisposable
{
    // Between the end of the time that tasks are given and the end of the pool: what killed processes leave is settled.
    private static readonly TimeSpan LastMoments = TimeSpan.FromSeconds(5);

    // As a dispatcher does.
    private const int SettlingLinesPerSecond = 20;

    private readonly ServiceContext _context;
    private readonly ILogger _logger;
    private readonly Spawner _spawner = new();
    private readonly Orders _orders = new();
    private readonly RabbitMqBroker _broker;
    private readonly ServiceWatch _watch;
    private readonly TypeQueues _queues;
    private readonly PoolRunner _runner;
    private readonly PoolControl _control;
    private readonly EventSender _events;
    private readonly CancellationTokenSource _stopDeclaring = new();
    private Task _declaring = Task.CompletedTask;

    private PoolService(ServiceContext context)
    {
        _context = context;
        _logger = context.Logging.CreateLogger<PoolService>();
        var time = TimeProvider.System;
        var options = context.Configuration.Broker;
        var names = new QueueNames(options.QueuePrefix);
        var identity = ServiceIdentity.New("workerpool");
        var ledger = new ServiceLedger(time);
        var tasks = new HeldTasks(time);
        var cancellations = new Cancellations(time);
        var failures = new RecentFailures(time);
        _broker = new RabbitMqBroker(
            options with { ConnectionName = $"taskqueue-workerpool {Environment.MachineName} {Environment.ProcessId}" }, context.Logging, time);
        _watch = new ServiceWatch(context, identity, PoolTelemetry.Name, ledger, tasks.CountLost);
        var events = new TaskEventLog(time);
        var telemetry = new PoolTelemetry(_watch.Meter, time, new PoolEvents(events, time));
        var settling = new BoundedLogger<TaskSettler>(context.Logging.CreateLogger<TaskSettler>(), SettlingLinesPerSecond, time);
        var settler = new TaskSettler(_broker, names, options.QueueType, ledger, telemetry, time, settling, failures, KeepResults, KeepBuried);
        _queues = new TypeQueues(_broker, names, options.QueueType, KeepResults, time, _logger);
        _runner = new PoolRunner(
            context.Configuration, context.Reload, new PoolPlanner(WorkerExecutable.Path, PlanFacts.Current), _queues, NewType, telemetry, _logger);
        var problems = new PoolProblems(_runner, _queues, _broker, names);
        var commands = new PoolCommands(_runner.Types, problems.All, cancellations, _orders, time, _logger);
        var reports = new PoolReports(_runner, problems, commands, telemetry, failures, _broker, names);
        _control = new PoolControl(context, identity, _broker, names, _runner, reports, commands, _orders, cancellations, ledger, tasks);
        _events = EventSender.Start(
            events, identity, new EventSource(() => (_broker, names), telemetry.TakeMinute, () => _runner.State.Configuration.History.Rate), time, _logger);
        _watch.Status = reports.Status;
        _watch.OtherQueues = reports.OtherQueues;
        _watch.Health.Objections = reports.Objections;
        _watch.Health.Ask("the thread that starts workers", _spawner.AnswerAsync);
        _watch.Use(_broker);

        TypeRunner NewType(string workerType)
        {
            var queue = _queues.TasksOf(workerType);
            var counts = ledger.Of(queue.Name);
            var open = new OpenTasks(tasks, cancellations, settler, counts, time, _logger);
            var mayTake = Task.WhenAll(cancellations.Known, _queues.MayTake(workerType));
            var unreadable = new UnreadableMessages(_broker, () => KeepBuried().Of(new QueueDefinition(names.Buried(workerType), options.QueueType)), Fate.Buried, ledger, time, _logger);
            var feed = new TypeFeed(_broker, queue, unreadable, open, counts, mayTake, telemetry, time, _logger);
            return new TypeRunner(_spawner, feed, telemetry, _watch.Health, _logger, time);
        }
    }

    public static async Task RunAsync(ServiceContext context)
    {
        await using var pool = new PoolService(context);
        await pool.RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopDeclaring.CancelAsync();
        await _declaring;
        _stopDeclaring.Dispose();
        await _control.DisposeAsync();
        await _events.DisposeAsync();
        await _broker.DisposeAsync();
        await _watch.DisposeAsync();

        // Last: the workers die with the thread that started them.
        _spawner.Dispose();
    }

    // As the latest reload has them.
    private Retention KeepResults() => _runner.State.Configuration.ResultsKeep;

    private Retention KeepBuried() => _runner.State.Configuration.Service.BuriedKeep;

    private async Task RunAsync()
    {
        var stopTaking = _context.Signals.StopTaking;
        try
        {
            // Processes start while the broker is being reached; each begins to consume when both are ready.
            await _runner.ApplyAsync(new PoolChange.Start(), stopTaking);
            var serving = ServeAsync(stopTaking);
            while (true)
            {
                switch (await NextAsync(serving, stopTaking))
                {
                    case Next.Reload:
                        _watch.Reloading();
                        var outcome = await _runner.ApplyAsync(new PoolChange.Reload(), stopTaking);
                        _watch.Reloaded(outcome.IsRefused ? outcome.Text : null);
                        break;
                    case Next.Orders:
                        await _orders.RunWaitingAsync();
                        break;
                    case Next.Mend:
                        await _runner.ApplyAsync(new PoolChange.Mend(), stopTaking);
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
        {
            await StopAsync();
        }
    }

    /// <summary>Reaches the broker, and has tasks taken from it.</summary>
    /// <exception cref="BrokerRefusedException">The broker will not have us at all.</exception>
    private async Task ServeAsync(CancellationToken stopTaking)
    {
        await _broker.ConnectAsync(stopTaking);
        _control.Start();
        _declaring = _queues.RunAsync(_stopDeclaring.Token);
        await _queues.TriedAll.WaitAsync(stopTaking);
        var plan = _runner.State.Plan;
        _logger.Serving(PoolPlan.NamesOf(plan.Served.Except(_queues.Troubles.Keys, StringComparer.Ordinal)), plan.Workers);
        _watch.Serving();
    }

    private enum Next
    {
        /// <summary>Nothing, for now.</summary>
        Nothing,

        /// <summary>It is time to see whether what could not run can run now.</summary>
        Mend,

        /// <summary>SIGHUP came.</summary>
        Reload,

        /// <summary>Somebody wants something done.</summary>
        Orders,
    }

    private async Task<Next> NextAsync(Task serving, CancellationToken stopTaking)
    {
        using var pause = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        if (_runner.State.NeedsMending)
        {
            pause.CancelAfter(ConfigurationFaults.RetryInterval);
        }

        var reload = _context.Signals.WaitForReloadAsync(pause.Token);
        var orders = _orders.WaitAsync(pause.Token);
        await Task.WhenAny(serving.IsCompleted ? [reload, orders] : [reload, orders, serving]);
        var isTime = pause.IsCancellationRequested;
        await pause.CancelAsync();

        // Both may have come, and a reload that was heard is not heard again.
        await ((Task)Task.WhenAll(reload, orders)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        stopTaking.ThrowIfCancellationRequested();
        if (serving.IsFaulted)
        {
            await serving;
        }

        return reload.IsCompletedSuccessfully ? Next.Reload
            : orders.IsCompletedSuccessfully ? Next.Orders
            : isTime ? Next.Mend
            : Next.Nothing;
    }

    private async Task StopAsync()
    {
        var shutdownTimeout = _runner.State.Configuration.Service.ShutdownTimeout;
        _logger.Stopping(shutdownTimeout.TotalSeconds);
        var stopped = _runner.StopAsync();
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(_context.Signals.AbortRunning);
        deadline.CancelAfter(shutdownTimeout);

        // Operators may want to know what it is still waiting for, and to cancel that.
        using var stopOrders = new CancellationTokenSource();
        var orders = _orders.RunAsync(stopOrders.Token);
        try
        {
            await stopped.WaitAsync(deadline.Token);
            _logger.Stopped();
            return;
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested)
        {
            _logger.StoppedEarly();
        }
        finally
        {
            await stopOrders.CancelAsync();
            await orders;
        }

        // Killed first and given back then: a task must not run here while another host has begun it.
        _runner.Kill();
        await Task.WhenAny(stopped, Task.Delay(LastMoments, TimeProvider.System));
    }
}
