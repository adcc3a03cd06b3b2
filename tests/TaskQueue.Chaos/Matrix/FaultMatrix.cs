using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskQueue.Chaos.Ledgers;
using TaskQueue.Chaos.Staging;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Chaos.Matrix;

/// <summary>Goes through the fault matrix on one stage: brings tasks to a phase, lets the fault happen, undoes it, and counts.</summary>
internal sealed class FaultMatrix
{
    private const int TasksPerCell = 12;

    // Shorter than any task of a cell; and the default of RabbitMQ 4.
    private const int MostBytes = 4, UsualMostBytes = 16 * 1024 * 1024;

    // More than a task of this suite needs, less than what it eats when told to.
    private const string WorkerConfig = """
        limit_memory = 256M
        on_unknown_fail = release
        """;

    private static readonly TimeSpan FaultLasts = TimeSpan.FromSeconds(3), SlowBy = TimeSpan.FromSeconds(0.2), ClockStep = TimeSpan.FromHours(1), Deadline = TimeSpan.FromSeconds(60), Quiet = TimeSpan.FromSeconds(1.5);

    // Long enough for what the broker delivered to come to a held link, or to a dispatcher and out of it again.
    private static readonly TimeSpan ToArrive = TimeSpan.FromSeconds(0.5);

    private readonly Stage _stage;
    private readonly CancellationToken _stop;
    private Ledger _ledger = new();
    private int _cells;

    private FaultMatrix(Stage stage, CancellationToken stop)
    {
        _stage = stage;
        _stop = stop;
    }

    /// <summary>Runs cells, and prints each as it is done.</summary>
    public static async Task<IReadOnlyList<CellResult>> RunAsync(IReadOnlyList<Cell> cells, TextWriter progress, CancellationToken cancellationToken)
    {
        await using var stage = await Stage.SetUpAsync(new StageOptions { WorkerConfig = WorkerConfig, ShiftedClocks = cells.Any(cell => cell.Fault == Fault.ClockStep) }, cancellationToken);
        var matrix = new FaultMatrix(stage, cancellationToken);
        await using var consumer = await stage.Broker.ConsumeAsync(
            new QueueDefinition(Stage.Queues.Results("results")), new ConsumerOptions(100) { KeepBodies = false }, matrix.OnResultAsync, cancellationToken);
        await using var buried = await matrix.WatchAsync(Stage.Queues.Buried(Stage.WorkerType));
        await using var rejected = await matrix.WatchAsync(Stage.Queues.Rejected);
        List<CellResult> results = [];
        foreach (var cell in cells)
        {
            var result = await matrix.RunAsync(cell);
            results.Add(result);
            progress.WriteLine($"{cell}: {MatrixTable.Describe(result)}");
        }

        return results;
    }

    private Service Pool => _stage.Pools[0];

    private Service Dispatcher => _stage.Dispatchers[0];

    private static bool IsOfDispatcher(Cell cell) => cell.Component is Component.Dispatcher or Component.DispatcherLink;

    private ValueTask OnResultAsync(Delivery delivery)
    {
        _ledger.AddResult(delivery.Properties);
        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes what is set aside in a queue: it has failed, but is not lost.</summary>
    private Task<IConsumer> WatchAsync(string queue) => _stage.Broker.ConsumeAsync(
        new QueueDefinition(queue),
        new ConsumerOptions(100) { KeepBodies = false },
        delivery =>
        {
            _ledger.Found(delivery.Properties.MessageId, queue);
            delivery.Settle(Settlement.Ack);
            return ValueTask.CompletedTask;
        },
        _stop);

    private async Task<CellResult> RunAsync(Cell cell)
    {
        await WarmUpAsync();
        _ledger = new Ledger();
        var prefix = string.Create(CultureInfo.InvariantCulture, $"cell-{++_cells}-");
        var links = (IsOfDispatcher(cell) ? _stage.Dispatchers : _stage.Pools).SelectMany(service => service.Links).ToList();
        await BringToPhaseAsync(cell, prefix, links);

        var struck = Stopwatch.GetTimestamp();
        await StrikeAsync(cell, prefix, links);
        await DoneAsync(() => _ledger.Open == 0, mayFail: true);
        var took = Stopwatch.GetElapsedTime(struck);
        await EveryoneIsBackAsync();
        await NothingBeginsAsync(prefix);

        var runs = RunsOf(prefix).CountBy(run => run.Id).ToList();
        var tasks = _ledger.Tasks;
        return new CellResult(
            cell,
            tasks.Count,
            Lost: _ledger.Open,
            Failed: tasks.Count(task => task is { Results: 0, FoundIn: not null }),
            RunTwice: runs.Count(task => task.Value > 1),
            ResultsTwice: tasks.Count(task => task.Results > 1),
            took.TotalSeconds,
            [.. _stage.Services.SelectMany(service => service.Failures)]);
    }

    /// <summary>Has every service publish something (one that is new opens its channel for that with the first message), and the broker hear that all of it is done.</summary>
    private async Task WarmUpAsync()
    {
        _ledger = new Ledger();
        await PublishAsync(string.Create(CultureInfo.InvariantCulture, $"warm-up-{_cells}-"), "100");
        await DoneAsync(() => _ledger.Open == 0, mayFail: false);

        // An acknowledgement that is still on its way when links are held up takes the place of a task of the cell.
        await Eventually.TrueAsync(
            async () => !(await _stage.QueuesWithMessagesAsync()).Contains(Stage.Queues.Worker(Stage.WorkerType)), () => "the tasks before a cell are acknowledged", Deadline);
    }

    private async Task BringToPhaseAsync(Cell cell, string prefix, IReadOnlyList<TcpProxy> links)
    {
        var work = cell switch
        {
            { Component: Component.Child } => "1000 child",
            { Fault: Fault.OutOfMemory, Component: Component.Worker } => "500 eat",
            { Phase: Phase.WhileRunning } => "1000",
            _ => "50",
        };
        switch (cell.Phase)
        {
            case Phase.BeforeHandOff:
                links.ToList().ForEach(link => link.ToClient.Close());
                await PublishAsync(prefix, work);
                await Task.Delay(ToArrive, TimeProvider.System, _stop);
                break;
            case Phase.WhileRunning when IsOfDispatcher(cell):
                links.ToList().ForEach(link => link.ToBroker.Close());
                await PublishAsync(prefix, work);
                await Task.Delay(ToArrive, TimeProvider.System, _stop);
                break;
            case Phase.WhileRunning:
                await PublishAsync(prefix, work);
                await DoneAsync(() => BusyWorkers(prefix).Count(worker => cell.Component != Component.Child || ProcessFacts.ChildrenOf(worker).Count > 0) > 1, mayFail: false);
                break;
            default:
                links.ToList().ForEach(link => link.ToBroker.Close());
                await PublishAsync(prefix, work);
                if (IsOfDispatcher(cell))
                {
                    await Task.Delay(ToArrive, TimeProvider.System, _stop);
                }
                else
                {
                    await PoolHasRunAsync(prefix, work);
                }

                if (cell.Phase == Phase.BetweenPublishAndAck)
                {
                    // What was published gets through; the answers do not.
                    links.ToList().ForEach(link => link.ToClient.Close());
                    links.ToList().ForEach(link => link.ToBroker.Open());
                    await DoneAsync(
                        () => IsOfDispatcher(cell)
                            ? RunsOf(prefix).DistinctBy(run => run.Id).Count() == TasksPerCell
                            : _ledger.Tasks.Count(task => task.Results > 0) >= RunsOf(prefix).Count(run => run.End is not null),
                        mayFail: false);
                }

                break;
        }
    }

    /// <summary>Waits until the pools have run what they hold, and the one that is struck has run something; as the broker hears nothing from them, no more comes.</summary>
    private async Task PoolHasRunAsync(string prefix, string work)
    {
        await NothingBeginsAsync(prefix);
        const int MostTimes = 5;
        for (var more = 1; more <= MostTimes && !RunsOf(prefix).Any(run => run.Site == Pool.Name && run.End is not null); more++)
        {
            // The other pool took all of them ahead; at some time it has enough.
            await PublishAsync(string.Create(CultureInfo.InvariantCulture, $"{prefix}more{more}-"), work);
            await NothingBeginsAsync(prefix);
        }
    }

    private async Task StrikeAsync(Cell cell, string prefix, IReadOnlyList<TcpProxy> gated)
    {
        Service[] services = cell.Component switch
        {
            Component.Pool or Component.PoolLink => [Pool],
            Component.Dispatcher or Component.DispatcherLink => [Dispatcher],
            Component.Host => [Pool, Dispatcher],
            _ => [],
        };
        var links = services.SelectMany(service => service.Links).ToList();
        switch (cell.Fault)
        {
            case Fault.Kill when cell.Component is Component.Worker or Component.Child:
                Processes.Kill(Victim(cell, prefix));
                Open(gated);
                break;
            case Fault.Kill when cell.Component == Component.Node:
                _stage.Nodes[0].Kill();
                Open(gated);
                await _stage.Nodes[0].StartAgainAsync();
                break;
            case Fault.Kill:
                foreach (var service in services)
                {
                    await service.KillAsync();
                    // What it had said and the broker had not heard is gone with it.
                    service.Cut();
                }

                Open(gated);
                foreach (var service in services)
                {
                    await service.StartAsync();
                }

                break;
            case Fault.Freeze when links.Count == 0 || cell.Component is not (Component.PoolLink or Component.DispatcherLink):
                int[] pids = cell.Component switch
                {
                    Component.Worker or Component.Child => [Victim(cell, prefix)],
                    Component.Node => [],
                    Component.Dispatcher => [Dispatcher.Pid],
                    Component.Pool => [Pool.Pid],
                    _ => [Pool.Pid, .. Pool.Workers, Dispatcher.Pid],
                };
                await FreezeAsync(pids, gated);
                break;
            case Fault.Freeze:
                links.ForEach(link => link.ToBroker.Close());
                links.ForEach(link => link.ToClient.Close());
                await LastAsync();
                Open(gated);
                break;
            case Fault.OutOfMemory when cell.Component == Component.Worker:
                // The tasks do it themselves.
                break;
            case Fault.OutOfMemory:
                await AlarmAsync(["set_vm_memory_high_watermark", "0.00001"], ["set_vm_memory_high_watermark", "0.4"], gated);
                break;
            case Fault.DiskFull:
                await AlarmAsync(["set_disk_free_limit", "1000000GB"], ["set_disk_free_limit", "1MB"], gated);
                break;
            case Fault.Cut:
                services.ToList().ForEach(service => service.Cut());
                Open(gated);
                break;
            case Fault.Slow:
                links.ForEach(link => link.Delay = SlowBy);
                Open(gated);
                await LastAsync();
                links.ForEach(link => link.Delay = TimeSpan.Zero);
                break;
            case Fault.ClockStep:
                Array.ForEach(services, service => service.ShiftClock(ClockStep));
                Open(gated);
                await LastAsync();
                Array.ForEach(services, service => service.ShiftClock(TimeSpan.Zero));
                break;
            case Fault.Forbidden:
                await RefuseAsync(() => _stage.AllowServicesAsync(Stage.Nothing), () => _stage.AllowServicesAsync(Stage.Everything), cutsOff: true, gated);
                break;
            case Fault.Full:
                await RefuseAsync(
                    () => Ctl("set_policy", "full", $"^({Stage.Queues.Worker(Stage.WorkerType)}|{Stage.Queues.Results("results")})$", """{"max-length": 0, "overflow": "reject-publish"}"""),
                    () => Ctl("clear_policy", "full"),
                    cutsOff: false,
                    gated);
                break;
            case Fault.NoConnections:
                await RefuseAsync(() => LimitServicesAsync("max-connections", 0), () => LimitServicesAsync("max-connections", -1), cutsOff: true, gated);
                break;
            case Fault.NoChannels:
                await RefuseAsync(() => LimitServicesAsync("max-channels", 1), () => LimitServicesAsync("max-channels", -1), cutsOff: true, gated);
                break;
            case Fault.TooLarge:
                await RefuseAsync(() => LimitMessagesAsync(MostBytes), () => LimitMessagesAsync(UsualMostBytes), cutsOff: true, gated);
                // Services remember a limit for as long as their connection lasts, since no broker changes it while it runs.
                _stage.Services.ToList().ForEach(service => service.Cut());
                break;
            default:
                throw new ArgumentException($"There is no cell {cell}.", nameof(cell));
        }
    }

    /// <summary>A worker of the first pool that has one of the tasks, or its child; else any worker of it.</summary>
    private int Victim(Cell cell, string prefix) => cell.Component == Component.Child
        ? BusyWorkers(prefix).SelectMany(ProcessFacts.ChildrenOf).First()
        : BusyWorkers(prefix).Append(Pool.Workers[0]).First();

    private IEnumerable<int> BusyWorkers(string prefix) =>
        RunsOf(prefix).Where(run => run.Site == Pool.Name && run.End is null && ProcessFacts.Exists(run.Pid)).Select(run => run.Pid);

    private async Task FreezeAsync(int[] pids, IReadOnlyList<TcpProxy> gated)
    {
        if (pids.Length == 0)
        {
            await _stage.Nodes[0].FreezeAsync();
        }

        foreach (var pid in pids)
        {
            Shell.Run("kill", "-STOP", pid.ToString(CultureInfo.InvariantCulture));
        }

        Open(gated);
        await LastAsync();
        foreach (var pid in pids)
        {
            // A child of a task that was frozen may be gone with it.
            Shell.Try("kill", "", "-CONT", pid.ToString(CultureInfo.InvariantCulture));
        }

        if (pids.Length == 0)
        {
            await _stage.Nodes[0].ThawAsync();
        }
    }

    /// <summary>Has the broker refuse the services something for a while.</summary>
    private async Task RefuseAsync(Func<Task> refuse, Func<Task> allow, bool cutsOff, IReadOnlyList<TcpProxy> gated)
    {
        await refuse();
        if (cutsOff)
        {
            _stage.Services.ToList().ForEach(service => service.Cut());
        }

        Open(gated);
        await LastAsync();
        await allow();
    }

    private Task<string> LimitServicesAsync(string limit, int number) => Ctl("set_user_limits", Stage.ServicesUser, $$"""{"{{limit}}": {{number}}}""");

    // By the application's environment and, in later versions, a persistent term; the next channel goes by it.
    private Task<string> LimitMessagesAsync(int bytes) =>
        Ctl("eval", string.Create(CultureInfo.InvariantCulture, $"application:set_env(rabbit, max_message_size, {bytes}), persistent_term:put(max_message_size, {bytes})."));

    private Task<string> Ctl(params string[] arguments) => _stage.Nodes[0].CtlAsync(arguments);

    private async Task AlarmAsync(string[] raise, string[] clear, IReadOnlyList<TcpProxy> gated)
    {
        await _stage.Nodes[0].CtlAsync(raise);
        Open(gated);
        await LastAsync();
        await _stage.Nodes[0].CtlAsync(clear);
    }

    private static void Open(IEnumerable<TcpProxy> links)
    {
        foreach (var link in links)
        {
            link.ToClient.Open();
            link.ToBroker.Open();
        }
    }

    private Task LastAsync() => Task.Delay(FaultLasts, TimeProvider.System, _stop);

    private async Task PublishAsync(string prefix, string work)
    {
        for (var number = 1; number <= TasksPerCell; number++)
        {
            var id = string.Create(CultureInfo.InvariantCulture, $"{prefix}{number}");
            var message = new OutgoingMessage(
                Stage.Queues.TaskQueue,
                new MessageProperties { ContentType = "text/plain", MessageId = id },
                Encoding.UTF8.GetBytes($"{Stage.WorkerType} {work}"));
            await _stage.Broker.SendAsync(message, _ledger.Add(id), _stop);
        }

        await DoneAsync(() => _ledger.Tasks.All(task => task.Confirmed > 0), mayFail: false);
    }

    /// <summary>Waits until every dispatcher and every pool takes messages, so that the next cell begins as this one did.</summary>
    private Task EveryoneIsBackAsync() => Eventually.TrueAsync(
        async () => await ConsumersAsync(Stage.Queues.TaskQueue) == _stage.Dispatchers.Count
            && await ConsumersAsync(Stage.Queues.Worker(Stage.WorkerType)) == _stage.Pools.Count,
        () => $"everybody back after cell {_cells}\n{string.Join('\n', _stage.Services.Select(service => service.Log))}",
        Deadline);

    /// <summary>Waits until no task of the cell begins any more; copies of tasks may come when all tasks are done.</summary>
    private async Task NothingBeginsAsync(string prefix)
    {
        var (runs, since) = (-1, Stopwatch.StartNew());
        while (since.Elapsed < Quiet)
        {
            await Task.Delay(ToArrive, TimeProvider.System, _stop);
            if (RunsOf(prefix).Count() is var now && now != runs)
            {
                (runs, since) = (now, Stopwatch.StartNew());
            }
        }
    }

    private async Task<int?> ConsumersAsync(string queue) => (await _stage.Broker.InspectQueueAsync(queue, _stop))?.Consumers;

    private IEnumerable<TaskRun> RunsOf(string prefix) => Journal.Read(_stage.JournalFolder).Where(run => run.Id.StartsWith(prefix, StringComparison.Ordinal));

    private async Task DoneAsync(Func<bool> condition, bool mayFail)
    {
        try
        {
            await Eventually.TrueAsync(condition, () => $"cell {_cells}: {_ledger.Open} tasks are open", Deadline);
        }
        catch (TimeoutException) when (mayFail)
        {
            // It is counted as what it is.
        }
    }
}
