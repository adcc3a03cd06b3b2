using System.Collections.ObjectModel;
using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Help;
using TaskQueue.Cli.Where;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Aside;

/// <summary><c>kick</c>, <c>requeue</c> and <c>delete</c>: messages leave the queue where they were set aside.</summary>
internal sealed class RemovalCommand
{
    private const int MostKeptLines = 20, NameLength = 255;

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
        var (kind, texts) = (target.Kind, target.Texts);
        _command = isDeleting
            ? new DescribedCommand("delete", $"Delete {kind.Noun}s for good.", texts.Examples("delete"))
            : new DescribedCommand(kind.Back, texts.BackDescription, texts.Examples(kind.Back));
        _selecting = new SelectionOptions(texts, $"All that wait at that moment. Asks first, unless there is --yes; where nobody can answer --yes is required.");
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
        var (connector, queues) = _target.Read(parsed);
        var (selection, json) = (_selecting.Read(parsed), parsed.GetValue(_json));
        var mustAsk = selection.IsAll && !parsed.GetValue(_yes);
        if (mustAsk && !_surroundings.CanAsk)
        {
            throw new CommandFailedException(ExitCodes.Usage, $"{_command.Name} --all: nobody is here to be asked; expected --yes.");
        }

        await using var broker = await _target.ConnectAsync(connector, queues, cancellationToken);
        if (mustAsk && !await IsMeantAsync(broker, queues, cancellationToken))
        {
            await _surroundings.Error.WriteLineAsync("taskqueue: nothing was done.");
            return ExitCodes.Failed;
        }

        // What is let go all of it counts no look.
        var look = selection.IsAll ? new BrowseOptions(long.MaxValue) { IgnoresDeliveryLimit = true } : _target.Looking.Read(parsed);
        selection = await IdLookup.ResolveAsync(selection, broker, queues, look, cancellationToken);
        var cancelled = await CancelledAsync(connector, broker, cancellationToken);
        var news = new AsideNews(broker, new QueueNames(connector.Configuration.Broker.QueuePrefix), "taskqueue", Fleet.Me, _surroundings.Time);
        var (sum, kept) = (0, 0);
        foreach (var queue in queues.All)
        {
            var removal = new AsideRemoval(
                selection.Messages, broker, _isDeleting ? null : QueueDefinition.OfTasks(queue.Home, connector.Configuration.Broker.QueueType), cancelled, news, _surroundings.Time);
            await RemoveAsync(removal, queue, queues.AreAll, selection, look, json, cancellationToken);
            sum += removal.Count;
            kept += removal.Kept.Count;
        }

        if (queues.AreAll && sum == 0 && kept == 0 && !json)
        {
            await _surroundings.Out.WriteLineAsync($"{_target.Texts.Count(0)} {Done} of {queues.Title}");
        }

        var found = await Outcome.NotFoundAsync(selection, _target.Kind, queues, _surroundings, isQuiet: json && !queues.AreAll);
        return kept > 0 ? ExitCodes.Failed : found;
    }

    /// <summary>The cancelled tasks, which are not put back where they would only be done with.</summary>
    private async Task<IReadOnlyDictionary<string, TaskCancellation>> CancelledAsync(Connector connector, IBroker broker, CancellationToken cancellationToken)
    {
        if (_isDeleting)
        {
            return ReadOnlyDictionary<string, TaskCancellation>.Empty;
        }

        var store = SearchFlags.StoreOf(connector, broker, _surroundings.Time);
        try
        {
            return (await store.ReadAsync(CancellationStore.Patience, cancellationToken)).Cancellations.ToDictionary(cancellation => cancellation.Id, StringComparer.Ordinal);
        }
        catch (BrokerRefusedException e)
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {store.Queue} cannot be read, so a {_target.Kind.Noun} that was cancelled goes back like all others: {Sentence.Whole(e.Message)}");
            return ReadOnlyDictionary<string, TaskCancellation>.Empty;
        }
    }

    private async Task RemoveAsync(
        AsideRemoval removal, AsideQueue queue, bool isOneOfMany, Selection selection, BrowseOptions look, bool json, CancellationToken cancellationToken)
    {
        try
        {
            await removal.WalkAsync(queue, look, cancellationToken);
        }
        catch
        {
            // How far it came; why it came no farther is told by whoever catches it.
            await ReportAsync(queue, removal, notFound: [], json);
            throw;
        }

        if (removal.Count > 0 || removal.Kept.Count > 0 || !isOneOfMany)
        {
            await ReportAsync(queue, removal, isOneOfMany ? [] : selection.NotFound, json);
        }

        if (removal.ProblemWith(queue) is { } problem)
        {
            throw new CommandFailedException(ExitCodes.Unavailable, problem);
        }
    }

    private async Task<bool> IsMeantAsync(IBroker broker, AsideQueues queues, CancellationToken cancellationToken)
    {
        List<string> full = [];
        var ready = 0L;
        foreach (var queue in queues.All)
        {
            if (await broker.InspectQueueAsync(queue.Name, cancellationToken) is { Ready: > 0 } state)
            {
                ready += state.Ready;
                full.Add(queue.Name);
            }
        }

        return full.Count == 0 || await Confirmation.AskAsync(
            _surroundings,
            $"{char.ToUpperInvariant(_command.Name[0])}{_command.Name[1..]} {_target.Texts.Count(ready)} of {string.Join(", ", full)}?",
            cancellationToken);
    }

    private async Task ReportAsync(AsideQueue queue, AsideRemoval removal, IEnumerable<string> notFound, bool json)
    {
        if (json)
        {
            var line = new JsonObject
            {
                ["queue"] = queue.Name,
                [Done] = removal.Count,
                ["not_found"] = new JsonArray([.. notFound.Select(id => (JsonNode)id)]),
            };
            if (!_isDeleting)
            {
                line["cancelled"] = new JsonArray([.. removal.Kept.Select(cancellation => (JsonNode)cancellation.Id)]);
            }

            await _surroundings.Out.WriteLineAsync(JsonLine.Of(line));
            return;
        }

        await _surroundings.Out.WriteLineAsync($"{_target.Texts.Count(removal.Count)} {Done} {(_isDeleting ? $"from {queue.Name}" : $"into {queue.Home}")}");
        foreach (var cancellation in removal.Kept.Take(MostKeptLines))
        {
            var id = PlainText.Line(cancellation.Id, NameLength);
            await _surroundings.Error.WriteLineAsync(
                $"taskqueue: {id} stays in {queue.Name}: it was cancelled by {PlainText.Line(cancellation.By, NameLength)}, so it would not be run. taskqueue cancellations undo {id} takes that back.");
        }

        if (removal.Kept.Count > MostKeptLines)
        {
            await _surroundings.Error.WriteLineAsync($"taskqueue: {removal.Kept.Count - MostKeptLines:N0} more that were cancelled stay in {queue.Name}; taskqueue cancellations list");
        }
    }
}
