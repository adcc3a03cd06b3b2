using System.Diagnostics;
using System.Globalization;
using System.Text;
using TaskQueue.Chaos.Ledgers;
using TaskQueue.Chaos.Staging;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Storms;

/// <summary>A steady stream of tasks while one part after the other is struck; at the end every task is accounted for.</summary>
internal sealed class Storm
{
    private const int Prefetch = 200;

    // Long enough for a message or two to lie with a dispatcher when it is struck; otherwise it has nothing to lose.
    private static readonly TimeSpan Hold = TimeSpan.FromSeconds(0.25), Interval = TimeSpan.FromSeconds(0.2);

    private readonly Stage _stage;
    private readonly StormOptions _options;
    private readonly TextWriter _progress;
    private readonly Ledger _ledger = new();
    private readonly List<Strike> _strikes = [];

    private Storm(Stage stage, StormOptions options, TextWriter progress)
    {
        _stage = stage;
        _options = options;
        _progress = progress;
    }

    /// <summary>Sets a stage up, lets the storm pass over it, and counts.</summary>
    public static async Task<StormReport> RunAsync(StormOptions options, TextWriter progress, CancellationToken cancellationToken)
    {
        progress.WriteLine($"== Storm of {options.Duration.TotalMinutes:0.#} min, seed {options.Seed}, {options.Nodes} broker node(s)");
        await using var stage = await Stage.SetUpAsync(new StageOptions { Nodes = options.Nodes }, cancellationToken);
        return await new Storm(stage, options, progress).RunAsync(cancellationToken);
    }

    private async Task<StormReport> RunAsync(CancellationToken cancellationToken)
    {
        await using var consumer = await _stage.Broker.ConsumeAsync(
            new QueueDefinition(Stage.Queues.Results("results")), new ConsumerOptions(Prefetch) { KeepBodies = false }, OnResultAsync, cancellationToken);
        using var stopPublishing = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var publishing = PublishAsync(stopPublishing.Token);

        var clock = Stopwatch.StartNew();
        var plan = new StrikePlan(_options.Seed);
        while (clock.Elapsed < _options.Duration)
        {
            var next = plan.Next();
            await Task.Delay(next.Pause, TimeProvider.System, cancellationToken);
            await StrikeAsync(next, cancellationToken);
        }

        await stopPublishing.CancelAsync();
        await publishing;
        _progress.WriteLine($"== {_strikes.Count} blows dealt; {_ledger.Open} tasks are open");
        await SettleAsync(cancellationToken);
        return await CountAsync(consumer, cancellationToken);
    }

    private ValueTask OnResultAsync(Delivery delivery)
    {
        _ledger.AddResult(delivery.Properties);
        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }

    private async Task PublishAsync(CancellationToken cancellationToken)
    {
        var random = new Random(_options.Seed);
        try
        {
            for (var number = 1; ; number++)
            {
                // Mostly short ones, and now and then one that is bound to be hit.
                var milliseconds = random.Next(50) == 0 ? 3000 : random.Next(200);
                var id = string.Create(CultureInfo.InvariantCulture, $"task-{number}");
                var message = new OutgoingMessage(
                    Stage.Queues.TaskQueue,
                    new MessageProperties { ContentType = "text/plain", MessageId = id },
                    Encoding.UTF8.GetBytes($"{Stage.WorkerType} {milliseconds}"));
                await _stage.Broker.SendAsync(message, _ledger.Add(id), cancellationToken);
                await Task.Delay(TimeSpan.FromSeconds(1 / _options.TasksPerSecond), TimeProvider.System, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // The storm is over.
        }
    }

    private async Task StrikeAsync(PlannedStrike next, CancellationToken cancellationToken)
    {
        var pool = _stage.Pools[next.Index % _stage.Pools.Count];
        var dispatcher = _stage.Dispatchers[next.Index % _stage.Dispatchers.Count];
        switch (next.Victim)
        {
            case Victim.Worker:
                if (pool.Workers is { Count: > 0 } workers)
                {
                    var worker = workers[next.Index / _stage.Pools.Count % workers.Count];
                    Note(Victim.Worker, $"worker of {pool.Name}", Stopwatch.GetTimestamp(), [worker]);
                    Processes.Kill(worker);
                }

                break;
            case Victim.Pool:
                var lost = pool.Workers;
                Note(Victim.Pool, pool.Name, await pool.KillAsync(), lost);
                await pool.StartAsync();
                break;
            case Victim.Dispatcher:
                var held = await HoldAsync(dispatcher, cancellationToken);
                Note(Victim.Dispatcher, dispatcher.Name, await dispatcher.KillAsync(), [], held);
                await dispatcher.StartAsync();
                break;
            case Victim.PoolLink:
                Note(Victim.PoolLink, pool.Name, Stopwatch.GetTimestamp(), pool.Workers);
                pool.Cut();
                break;
            case Victim.DispatcherLink:
                var since = await HoldAsync(dispatcher, cancellationToken);
                Note(Victim.DispatcherLink, dispatcher.Name, Stopwatch.GetTimestamp(), [], since);
                dispatcher.Cut();
                dispatcher.Signal("CONT");
                break;
            case Victim.Node:
                var node = _stage.Nodes[next.Index % _stage.Nodes.Count];
                Note(Victim.Node, $"node {next.Index % _stage.Nodes.Count}", Stopwatch.GetTimestamp(), []);
                node.Kill();
                await node.StartAgainAsync();
                break;
        }
    }

    /// <summary>Keeps a dispatcher from forwarding for a moment, so that it has something when it is struck.</summary>
    private static async Task<long> HoldAsync(Service dispatcher, CancellationToken cancellationToken)
    {
        dispatcher.Signal("STOP");
        var since = Stopwatch.GetTimestamp();
        await Task.Delay(Hold, TimeProvider.System, cancellationToken);
        return since;
    }

    private void Note(Victim victim, string name, long time, IReadOnlyList<int> workers, long? heldSince = null)
    {
        _strikes.Add(new Strike(victim, name, time, workers, heldSince));
        _progress.WriteLine($"{_strikes.Count,5}  {victim} {name}; {_ledger.Open} tasks open");
    }

    /// <summary>Waits until every confirmed task has a result, or nothing has moved for long.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var (open, since) = (_ledger.Open, Stopwatch.StartNew());
        while (open > 0 && since.Elapsed < _options.Patience)
        {
            await Task.Delay(Interval, TimeProvider.System, cancellationToken);
            if (_ledger.Open is var now && now != open)
            {
                (open, since) = (now, Stopwatch.StartNew());
            }
        }
    }

    private async Task<StormReport> CountAsync(IConsumer consumer, CancellationToken cancellationToken)
    {
        List<string> problems = [];
        foreach (var service in _stage.Services)
        {
            var exitCode = await service.StopAsync();
            problems.AddRange(service.Failures);
            if (exitCode != 0)
            {
                problems.Add($"{service.Name} exited with {exitCode} when it was stopped:\n{service.Log}");
            }
        }

        // Results that came in the last moment are for the consumer; what lies anywhere else is found where it is.
        await consumer.DisposeAsync();
        foreach (var queue in await _stage.QueuesWithMessagesAsync())
        {
            while (await _stage.Broker.GetAsync(queue, cancellationToken) is { } delivery)
            {
                if (queue == Stage.Queues.Results("results"))
                {
                    _ledger.AddResult(delivery.Properties);
                }
                else
                {
                    _ledger.Found(delivery.Properties.MessageId, queue);
                }

                delivery.Settle(Settlement.Ack);
            }
        }

        return StormReport.Of(_options, _ledger.Tasks, Journal.Read(_stage.JournalFolder), _strikes, _stage.Pools.Count, problems);
    }
}
