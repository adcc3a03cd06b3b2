using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Ids;
using TaskQueue.Cli.Screen;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary><c>taskqueue running</c>: what is being done, by whom, since when, and how far it is.</summary>
internal sealed class RunningCommand
{
    private static readonly TimeSpan DefaultInterval = TimeSpan.FromSeconds(1), ShortestInterval = TimeSpan.FromMilliseconds(100), Quiet = TimeSpan.FromMilliseconds(100);

    private readonly Argument<string?> _type = new("TYPE") { Description = "The worker type. Default: all.", Arity = ArgumentArity.ZeroOrOne };

    private readonly Option<string?> _id = new("--id") { Description = "Only the task with this message id, or with the only one that begins like this.", HelpName = "ID" };

    private readonly Option<bool> _watch = new("--watch") { Description = "Repeat until Ctrl-C; on a terminal in place, in the whole of it, until q." };

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
        var request = new ControlRequest(ControlCommands.Running).With("type", parsed.GetValue(_type))
            .With(id is not null && WantedIds.MayBeBeginning(id) ? "id_beginning" : "id", id);
        if (!parsed.GetValue(_watch))
        {
            return await new AskCommand(_surroundings, _connecting, _flags).RunAsync(
                parsed,
                request,
                answers => new JsonObject { ["tasks"] = TaskTable.ToJson(Meant(answers, id)) },
                answers => TaskTable.Of(Meant(answers, id)),
                answers => id is null || Meant(answers, id).Count > 0 ? ExitCodes.Ok : ExitCodes.Failed,
                cancellationToken);
        }

        try
        {
            await WatchAsync(request, id, _flags.Read(parsed), parsed, cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl-C is how watching ends.
        }

        return ExitCodes.Ok;
    }

    private async Task WatchAsync(ControlRequest request, string? id, Asking asking, ParseResult parsed, CancellationToken cancellationToken)
    {
        await using var fleet = await Fleet.ConnectAsync(_connecting.Read(parsed, _surroundings), _surroundings, cancellationToken);
        var interval = parsed.GetValue(_interval) ?? DefaultInterval;
        async Task<Tables.Table> LookAsync() => TaskTable.Of(Meant(await PollAsync(), id));
        Task<IReadOnlyList<ControlAnswer>> PollAsync() => fleet.PollAsync(request.With("host", asking.Host), Quiet, asking.Timeout, cancellationToken);
        if (FullScreen.IsPossible(_surroundings) && !asking.Json)
        {
            await TableScreen.RunAsync(
                _surroundings, $"taskqueue running, every {interval.TotalSeconds:0.###} s", interval, async _ => [new ScreenPart(await LookAsync(), [])], cancellationToken);
            return;
        }

        using var timer = new PeriodicTimer(interval, _surroundings.Time);
        do
        {
            await _surroundings.Out.WriteAsync(asking.Json
                ? JsonLine.Of(new JsonObject { ["tasks"] = TaskTable.ToJson(Meant(await PollAsync(), id)) }) + "\n"
                : Tables.Plain(await LookAsync()) + "\n");
            await _surroundings.Out.FlushAsync(cancellationToken);
        }
        while (await timer.WaitForNextTickAsync(cancellationToken));
    }

    private IReadOnlyList<(string Host, TaskReport Task)> Meant(IReadOnlyList<ControlAnswer> answers, string? id)
    {
        var tasks = TaskTable.All(answers);
        foreach (var (_, task) in tasks)
        {
            _surroundings.Recent?.AddId(task.Id, $"{task.WorkerType}, running");
        }

        if (id is null)
        {
            return tasks;
        }

        var wanted = new WantedIds([id]);
        foreach (var (_, task) in tasks)
        {
            wanted.See(task.Id);
        }

        wanted.ThrowIfAmbiguous();
        return [.. tasks.Where(found => found.Task.Id == wanted.MeaningOf(id))];
    }
}
