using System.CommandLine;
using TaskQueue.Cli.Aside;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Results;

/// <summary><c>taskqueue results tail</c>: the newest results, and those that follow.</summary>
internal sealed class TailCommand
{
    private const int DefaultCount = 10;

    // What others are kept waiting for, and told of.
    private const int Many = 1000;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1);

    // Of the time, a tenth at most is spent looking.
    private const int PauseForEachLook = 9;

    private readonly Argument<string?> _key = new("KEY")
    {
        Description = "The results_routing_key, or the name of the queue. Default: that of [DEFAULT].",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<int?> _count = new("--lines", "-n")
    {
        Description = $"How many to begin with, the newest; with --take how many to take, the oldest. Default {DefaultCount}; with --take --follow all.",
        HelpName = "N",
        CustomParser = argument => Numbers.Parse(argument),
    };

    private readonly Option<bool> _follow = new("--follow", "-f") { Description = "Go on with those that come, until Ctrl-C. What others take before it is seen is not shown." };

    private readonly Option<bool> _take = new("--take") { Description = "Delete what was shown, as whoever waits for results does. Without it all stay." };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON for each." };

    private readonly LookFlag _looking = new();

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public TailCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "tail",
            "Show the newest results that wait, and leave them there. It looks through all of them to find those, and they are out of the reach of others meanwhile.",
            "taskqueue results tail -n 3",
            "taskqueue results tail --follow                    # looks again each time that there are more or fewer",
            "taskqueue results tail images --take --follow --json | process")
        {
            _key, _count, _follow, _take, _json,
        };
        _looking.AddTo(Command);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var queue = QueueOf(connector, parsed.GetValue(_key));
        var (follow, take) = (parsed.GetValue(_follow), parsed.GetValue(_take));
        var count = parsed.GetValue(_count) ?? (take && follow ? int.MaxValue : DefaultCount);
        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        var state = await broker.InspectQueueAsync(queue, cancellationToken)
            ?? throw new CommandFailedException(ExitCodes.Failed, $"there is no queue {queue}: no pool that sends results there has run.");
        await TellAsync(queue, state, take);

        var results = new ResultQueue(broker, queue);
        var show = Shower(parsed.GetValue(_json), queue);
        try
        {
            await (take
                ? TakeAsync(results, count, follow, show, cancellationToken)
                : LookAsync(broker, queue, results, _looking.Read(parsed), count, follow, show, cancellationToken));
        }
        catch (OperationCanceledException) when (follow && cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how following ends.
        }

        return ExitCodes.Ok;
    }

    private async Task TellAsync(string queue, QueueState state, bool take)
    {
        if (state.Consumers > 0)
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {queue} has {Quantity.Of(state.Consumers, "consumer")}; what {(state.Consumers == 1 ? "it takes" : "they take")} is not shown.");
        }

        if (!take && state.Ready > Many)
        {
            await _surroundings.Error.WriteLineAsync(
                $"taskqueue: {queue}: {state.Ready:N0} results wait; all of them are looked through for the newest, and are out of the reach of others meanwhile.");
        }
    }

    private async Task TakeAsync(
        ResultQueue results, int count, bool follow, Func<MessageProperties, ReadOnlyMemory<byte>, Task> show, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(BetweenLooks, _surroundings.Time);
        while (true)
        {
            var taken = await results.TakeAsync(count, show, cancellationToken);
            count -= count == int.MaxValue ? 0 : taken;
            if (count == 0 || (!follow && taken == 0))
            {
                return;
            }

            if (taken == 0)
            {
                await timer.WaitForNextTickAsync(cancellationToken);
            }
        }
    }

    private async Task LookAsync(
        IBroker broker,
        string queue,
        ResultQueue results,
        BrowseOptions options,
        int count,
        bool follow,
        Func<MessageProperties, ReadOnlyMemory<byte>, Task> show,
        CancellationToken cancellationToken)
    {
        var (ready, took) = await TimedAsync(() => results.LookAsync(options, count, show, cancellationToken));

        // Each look takes all and puts them back, so there is one only when something has changed, and the others have their turn first.
        while (follow)
        {
            var pause = took * PauseForEachLook;
            await Task.Delay(pause > BetweenLooks ? pause : BetweenLooks, _surroundings.Time, cancellationToken);
            if ((await broker.InspectQueueAsync(queue, cancellationToken))?.Ready != ready)
            {
                (ready, took) = await TimedAsync(() => results.LookAsync(options, newest: null, show, cancellationToken));
            }
        }
    }

    private async Task<(long? Ready, TimeSpan Took)> TimedAsync(Func<Task<long?>> look)
    {
        var started = _surroundings.Time.GetTimestamp();
        return (await look(), _surroundings.Time.GetElapsedTime(started));
    }

    private Func<MessageProperties, ReadOnlyMemory<byte>, Task> Shower(bool json, string queue)
    {
        var console = _surroundings.IsTerminal && !json
            ? Tables.Terminal(_surroundings)
            : null;
        return async (properties, body) =>
        {
            if (console is not null)
            {
                ResultView.Write(console, properties, body);
            }
            else if (json)
            {
                await _surroundings.Out.WriteLineAsync(JsonLine.Of(MessageJson.Of(queue, properties, body)));
            }
            else
            {
                await _surroundings.Out.WriteAsync(ResultView.Text(properties, body));
            }

            // Before it is deleted, and before whoever reads the pipe waits for it.
            await _surroundings.Out.FlushAsync();
        };
    }

    private static string QueueOf(Connector connector, string? key)
    {
        var names = new QueueNames(connector.Configuration.Broker.QueuePrefix);
        if (key is null)
        {
            return names.Results(connector.Configuration.RequireWhole().WorkerDefaults.ResultsRoutingKey);
        }

        var known = LocalQueues.Of(connector.Configuration, []).FirstOrDefault(queue => queue.Role == QueueRole.Results && queue.Name == key);
        return known?.Name ?? names.Results(key);
    }
}
