using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Waiting;

/// <summary><c>taskqueue wait</c>: until all is done.</summary>
internal sealed class WaitCommand
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1), BeforeLastLook = TimeSpan.FromMilliseconds(300);

    private readonly Argument<string[]> _queues = new("QUEUE")
    {
        Description = $"What to wait for: {QueueSelection.Rule}. Default: all tasks, delayed ones and those for types that nobody serves included; "
            + "not results, nor what is buried or rejected.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<TimeSpan?> _timeout = Durations.Option("--timeout", $"Give up after so long and exit with {ExitCodes.TimedOut}. Default: never.");

    private readonly Option<bool> _json = new("--json") { Description = "Print lines of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public WaitCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "wait",
            "Wait until queues are empty and nothing that was in them runs any more.",
            "taskqueue wait --timeout 10m               # for all that there is to do",
            "taskqueue wait taskqueue resize            # until these are dispatched and done")
        {
            _queues.CompletedWithQueues(surroundings, connecting), _timeout, _json,
        };
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var named = parsed.GetValue(_queues) ?? [];
        var json = parsed.GetValue(_json);
        var queues = named.Length > 0 ? QueueSelection.Named(connector.Configuration, named) : QueueSelection.OfWork(connector.Configuration);
        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        await using var ledgers = await LedgerPoll.OpenAsync(
            broker, new QueueNames(connector.Configuration.Broker.QueuePrefix), _surroundings, cancellationToken);

        using var deadline = new CancellationTokenSource(parsed.GetValue(_timeout) ?? Timeout.InfiniteTimeSpan, _surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var waiter = new Waiter(broker, ledgers.AskAsync, queues);
        WaitLook? last = null;
        try
        {
            await WaitDisplay.RunAsync(_surroundings, json, async show => last = await WaitAsync(waiter, named.Length > 0, show, Note, stop.Token));
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            var left = last is null ? "the broker or the services have not answered" : last.Left > 0 ? last.Details() : "messages were still on their way";
            throw new CommandFailedException(ExitCodes.TimedOut, $"not done within {parsed.GetValue(_timeout)!.Value.TotalSeconds:0.###} s: {left}.", e);
        }

        await _surroundings.Out.WriteLineAsync(json ? last!.ToJson(isDone: true) : "Done: nothing waits" + (last!.Services == 0 ? "." : ", nothing runs."));
        return ExitCodes.Ok;

        void Note(WaitLook look)
        {
            last = look;
            if (look.HasStrangers)
            {
                ledgers.ExpectMore();
            }
        }
    }

    private async Task<WaitLook> WaitAsync(
        Waiter waiter, bool isNamed, Func<WaitLook, Task> show, Action<WaitLook> onLook, CancellationToken cancellationToken)
    {
        var told = new HashSet<string>(StringComparer.Ordinal);
        var quiet = new Quiet(_surroundings.Time);
        while (true)
        {
            var look = await waiter.LookAsync(cancellationToken);
            onLook(look);
            if (isNamed && waiter.Missing.ToList() is { Count: > 0 } missing)
            {
                throw new CommandFailedException(ExitCodes.Failed, $"there is no queue {string.Join(", ", missing)}; taskqueue status shows those that there are.");
            }

            foreach (var note in Notes(look).Where(told.Add))
            {
                await _surroundings.Error.WriteLineAsync($"taskqueue: {note}");
            }

            await show(look);
            if (quiet.IsDone(look))
            {
                return look;
            }

            await Task.Delay(quiet.MayBeDone ? BeforeLastLook : BetweenLooks, _surroundings.Time, cancellationToken);
        }
    }

    // Each is told once, so that no number may stand in it.
    private static IEnumerable<string> Notes(WaitLook look)
    {
        if (look.Services == 0)
        {
            yield return "no service has answered: what is running is not known, only what waits.";
        }

        foreach (var queue in look.Queues)
        {
            if (look.Services > 0 && queue.Strangers > 0)
            {
                yield return $"{queue.Name} is also consumed by somebody who has not answered: what they are running is not known.";
            }

            if (queue.Warning is not null)
            {
                yield return $"{queue.Name} has messages and nobody who takes them.";
            }
        }
    }
}
