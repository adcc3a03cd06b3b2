using System.CommandLine;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Queues;
using TaskQueue.Cli.Screen;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Status;

/// <summary><c>taskqueue status</c>: what waits where, and who takes it.</summary>
internal sealed class StatusCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(2), ShortestInterval = TimeSpan.FromMilliseconds(100);

    // Far longer than a broker that is well takes for a handful of questions.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private readonly Argument<string[]> _types = new("TYPE")
    {
        Description = "Worker types to show. Default: those that have a section in the configuration or a plugin on this host; AMQP cannot list queues.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Option<bool> _watch = new("--watch") { Description = "Repeat until Ctrl-C; on a terminal in place, in the whole of it, until q." };

    private readonly Option<TimeSpan?> _interval = Durations.Option("--interval", $"How often --watch repeats. Default {DefaultInterval.TotalSeconds}s.", ShortestInterval);

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public StatusCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "status",
            $"Show the queues, and the services that answer. Exit with {ExitCodes.Failed} when there are warnings.",
            "taskqueue status",
            "taskqueue status resize echo --watch --interval 500ms",
            "taskqueue status --json | jq '.queues[] | select(.ready > 0)'")
        {
            _types.CompletedWithTypes(surroundings, connecting), _json, _watch, _interval,
        };
        Command.MustBeTypes(_types);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var connector = _connecting.Read(parsed, _surroundings);
        var queues = LocalQueues.Of(connector.Configuration, parsed.GetValue(_types) ?? []);
        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        await using var fleet = await TryAskAsync(broker, connector, cancellationToken);
        var json = parsed.GetValue(_json);
        if (!parsed.GetValue(_watch))
        {
            return await ShowOnceAsync(fleet, broker, queues, json, cancellationToken);
        }

        var interval = parsed.GetValue(_interval) ?? DefaultInterval;
        try
        {
            await (FullScreen.IsPossible(_surroundings) && !json
                ? TableScreen.RunAsync(
                    _surroundings,
                    $"taskqueue status, every {interval.TotalSeconds:0.###} s",
                    interval,
                    async stop => StatusTable.Parts(await StatusReport.GatherAsync(fleet, broker, queues, stop)),
                    cancellationToken)
                : WatchAsync(fleet, broker, queues, json, interval, cancellationToken));
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how watching ends.
        }

        return ExitCodes.Ok;
    }

    private async Task<Fleet?> TryAskAsync(IBroker broker, Connector connector, CancellationToken cancellationToken)
    {
        try
        {
            return await Fleet.OverAsync(broker, connector, _surroundings, cancellationToken);
        }
        catch (BrokerRefusedException)
        {
            // A user that may look at queues only: then those are all that is shown.
            return null;
        }
    }

    private async Task<int> ShowOnceAsync(
        Fleet? fleet, IBroker broker, IReadOnlyList<KnownQueue> queues, bool json, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(AnswerTimeout, _surroundings.Time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            var report = await StatusReport.GatherAsync(fleet, broker, queues, stop.Token);
            if (_surroundings.IsTerminal && !json)
            {
                var terminal = Tables.Terminal(_surroundings);
                terminal.Write(StatusTable.Coloured(report, terminal.Profile.Width));
            }
            else
            {
                await WriteAsync(report, json);
            }

            return report.Warnings.Any() ? ExitCodes.Failed : ExitCodes.Ok;
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CommandFailedException(
                ExitCodes.Unavailable, $"the broker did not tell about its queues within {AnswerTimeout.TotalSeconds} s; its log may say why.", e);
        }
    }

    private async Task WatchAsync(
        Fleet? fleet, IBroker broker, IReadOnlyList<KnownQueue> queues, bool json, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(interval, _surroundings.Time);
        do
        {
            await WriteAsync(await StatusReport.GatherAsync(fleet, broker, queues, cancellationToken), json);
            await _surroundings.Out.FlushAsync(cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private async Task WriteAsync(StatusReport report, bool json)
    {
        if (json)
        {
            await _surroundings.Out.WriteLineAsync(report.ToJson());
        }
        else
        {
            await _surroundings.Out.WriteAsync(StatusTable.Plain(report));
        }
    }
}
