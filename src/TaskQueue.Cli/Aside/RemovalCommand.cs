using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Help;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary><c>kick</c>, <c>requeue</c> and <c>delete</c>: messages leave the queue where they were set aside.</summary>
internal sealed class RemovalCommand
{
    private readonly Option<bool> _yes = new("--yes", "-y") { Description = "Do not ask whether --all is meant." };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly AsideTarget _target;
    private readonly Surroundings _surroundings;
    private readonly SelectionOptions _selecting;
    private readonly Command _command;
    private readonly bool _isDeleting;

    private RemovalCommand(AsideTarget target, Surroundings surroundings, bool isDeleting)
    {
        _target = target;
        _surroundings = surroundings;
        _isDeleting = isDeleting;
        var kind = target.Kind;
        _command = isDeleting
            ? new DescribedCommand("delete", $"Delete {kind.Noun}s for good.", kind.Examples("delete"))
            : new DescribedCommand(kind.Back, kind.BackDescription, kind.Examples(kind.Back));
        _selecting = new SelectionOptions(kind, $"All that wait at that moment. Asks first, unless there is --yes; where nobody can answer --yes is required.");
        target.AddTo(_command);
        _selecting.AddTo(_command, isRequired: true);
        _command.Add(_yes);
        _command.Add(_json);
        _command.SetAction(RunAsync);
    }

    private string Done => _isDeleting ? "deleted" : _target.Kind.Kicked;

    /// <summary>The command that sends messages back where they came from.</summary>
    public static Command Back(AsideTarget target, Surroundings surroundings) => new RemovalCommand(target, surroundings, isDeleting: false)._command;

    /// <summary>The command that deletes messages.</summary>
    public static Command Delete(AsideTarget target, Surroundings surroundings) => new RemovalCommand(target, surroundings, isDeleting: true)._command;

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (connector, queue, home) = _target.Read(parsed);
        var selection = _selecting.Read(parsed);
        var mustAsk = selection.IsAll && !parsed.GetValue(_yes);
        if (mustAsk && !_surroundings.CanAsk)
        {
            throw new CommandFailedException(ExitCodes.Usage, $"{_command.Name} --all: nobody is here to be asked; expected --yes.");
        }

        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        if (mustAsk && !await IsMeantAsync(broker, queue, cancellationToken))
        {
            await _surroundings.Error.WriteLineAsync("taskqueue: nothing was done.");
            return ExitCodes.Failed;
        }

        var removal = new Removal(
            selection, broker, _isDeleting ? null : QueueDefinition.OfTasks(home, connector.Configuration.Broker.QueueType), _surroundings.Time);
        try
        {
            await QueueWalk.WalkAsync(
                broker,
                queue,
                selection.IsAll ? new BrowseOptions(long.MaxValue) { IgnoresDeliveryLimit = true } : _target.Looking.Read(parsed),
                delivery => removal.LookAsync(delivery, cancellationToken),
                removal.FinishAsync,
                cancellationToken);
        }
        catch
        {
            // How far it came; why it came no farther is told by whoever catches it.
            await ReportAsync(parsed, queue, home, removal.Count, notFound: []);
            throw;
        }

        await ReportAsync(parsed, queue, home, removal.Count, selection.NotFound);
        if (removal.Failure is { } failure)
        {
            throw new CommandFailedException(ExitCodes.Unavailable, $"{home} did not take all: {Words(failure)}. The others are still in {queue}.");
        }

        return await Outcome.NotFoundAsync(selection, _target.Kind, queue, _surroundings, parsed.GetValue(_json));
    }

    private static string Words(PublishOutcome failure) => failure switch
    {
        PublishOutcome.Refused => "the broker refused a message, as it does when the queue is full",
        PublishOutcome.RefusedForGood => "the broker never takes a message as it is: it is too large for it, or this user may not write; the broker's log tells",
        PublishOutcome.Returned => "somebody deleted the queue meanwhile",
        _ => "the connection ended before the broker confirmed; it may have some that it did not confirm",
    };

    private async Task<bool> IsMeantAsync(IBroker broker, string queue, CancellationToken cancellationToken)
    {
        if (await broker.InspectQueueAsync(queue, cancellationToken) is not { Ready: > 0 } state)
        {
            return true;
        }

        return await Confirmation.AskAsync(
            _surroundings,
            $"{char.ToUpperInvariant(_command.Name[0])}{_command.Name[1..]} {_target.Kind.Count(state.Ready)} of {queue}?",
            cancellationToken);
    }

    private async Task ReportAsync(ParseResult parsed, string queue, string home, int count, IEnumerable<string> notFound)
    {
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["queue"] = queue,
                [Done] = count,
                ["not_found"] = new JsonArray([.. notFound.Select(id => (JsonNode)id)]),
            }));
        }
        else
        {
            await _surroundings.Out.WriteLineAsync($"{_target.Kind.Count(count)} {Done} {(_isDeleting ? $"from {queue}" : $"into {home}")}");
        }
    }
}
