using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue running</c>: what is being done, by whom, since when, and how far it is.</summary>
internal sealed class RunningCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1), ShortestInterval = TimeSpan.FromMilliseconds(100), Quiet = TimeSpan.FromMilliseconds(100);

    private readonly Argument<string?> _type = new("TYPE") { Description = "The worker type. Default: all.", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string?> _id = new("--id") { Description = "Only the task with this message id.", HelpName = "ID" };

    private readonly Option<bool> _watch = new("--watch") { Description = "Repeat until Ctrl-C; on a terminal in place." };

    private readonly Option<TimeSpan?> _interval = Durations.Option("--interval", $"How often --watch repeats. Default {DefaultInterval.TotalSeconds}s.", ShortestInterval);

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;
    private readonly AskFlags _flags = new(steers: false);

    public RunningCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "running",
            $"Show the tasks that pools have: those that run, the longest first, and those that are next. Exit with {ExitCodes.Failed} when no service answers, or with --id when none has the task.",
            "taskqueue running",
            "taskqueue running resize --watch",
            "taskqueue running --id 7f3a --json | jq '.tasks[0].fraction'")
        {
            _type.CompletedWithTypes(surroundings, connecting), _id, _watch, _interval,
        };
        _flags.AddTo(Command);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var id = parsed.GetValue(_id);
        var request = new ControlRequest(ControlCommands.Running).With("type", parsed.GetValue(_type)).With("id", id);
        if (!parsed.GetValue(_watch))
        {
            return await new AskCommand(_surroundings, _connecting, _flags).RunAsync(
                parsed,
                request,
                answers => new JsonObject { ["tasks"] = TaskTable.ToJson(TaskTable.All(answers)) },
                answers => TaskTable.Of(TaskTable.All(answers)),
                answers => id is null || TaskTable.All(answers).Count > 0 ? ExitCodes.Ok : ExitCodes.Failed,
                cancellationToken);
        }

        try
        {
            await WatchAsync(request, _flags.Read(parsed), parsed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how watching ends.
        }

        return ExitCodes.Ok;
    }

    private async Task WatchAsync(ControlRequest request, Asking asking, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var fleet = await Fleet.ConnectAsync(_connecting.Read(parsed, _surroundings), _surroundings, cancellationToken);
        var interval = parsed.GetValue(_interval) ?? DefaultInterval;
        async Task<Tables.Table> LookAsync() => TaskTable.Of(TaskTable.All(await PollAsync()));
        Task<IReadOnlyList<ControlAnswer>> PollAsync() => fleet.PollAsync(request.With("host", asking.Host), Quiet, asking.Timeout, cancellationToken);
        using var timer = new PeriodicTimer(interval, _surroundings.Time);
        if (_surroundings.IsTerminal && !asking.Json)
        {
            await Tables.Terminal(_surroundings).Live(Tables.Coloured(await LookAsync())).StartAsync(async live =>
            {
                while (await timer.WaitForNextTickAsync(cancellationToken))
                {
                    live.UpdateTarget(Tables.Coloured(await LookAsync()));
                }
            });
            return;
        }

        do
        {
            await _surroundings.Out.WriteAsync(asking.Json
                ? JsonLine.Of(new JsonObject { ["tasks"] = TaskTable.ToJson(TaskTable.All(await PollAsync())) }) + "\n"
                : Tables.Plain(await LookAsync()) + "\n");
            await _surroundings.Out.FlushAsync(cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }
}
