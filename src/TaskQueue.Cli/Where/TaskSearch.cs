using TaskQueue.Cli.Control;
using TaskQueue.Cli.Ids;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Where;

/// <summary>Looks for tasks by whole ids or their beginnings: in pools, which costs nothing; where that does not settle it in the queues, whose messages are
/// out of the reach of others meanwhile; and last among the remembered cancellations, which say that one that waits will not be started.</summary>
/// <param name="fleet">The pools, and the broker.</param>
/// <param name="queues">Where to look.</param>
/// <param name="remembered">The cancellations.</param>
/// <param name="quiet">How long to wait for one more pool to answer.</param>
/// <param name="timeout">How long pools have for their answers.</param>
/// <param name="look">How many messages to look at in each queue.</param>
/// <param name="time">The clock.</param>
internal sealed class TaskSearch(
    Fleet fleet, IReadOnlyList<KnownQueue> queues, CancellationStore remembered, TimeSpan quiet, TimeSpan timeout, BrowseOptions look, TimeProvider time)
{
    private readonly Dictionary<string, Whereabouts> _whereabouts = new(StringComparer.Ordinal);
    private readonly List<string> _unseen = [];

    /// <summary>Finds them.</summary>
    /// <param name="texts">What somebody calls them.</param>
    /// <param name="cancellationToken">Stops looking.</param>
    /// <exception cref="CommandFailedException">Several ids begin with one of the texts.</exception>
    public async Task<SearchResult> FindAsync(IReadOnlyCollection<string> texts, CancellationToken cancellationToken)
    {
        var wanted = new WantedIds(texts);
        await AskAsync(wanted, cancellationToken);
        if (!wanted.AreAllSeenWhole)
        {
            foreach (var queue in queues)
            {
                foreach (var part in queue.Parts)
                {
                    await LookAsync(wanted, queue, part, cancellationToken);
                }
            }
        }

        if (!wanted.AreAllSeenWhole)
        {
            // They may have moved from a queue that was yet to be looked at to a pool.
            await AskAsync(wanted, cancellationToken);
        }

        if (wanted.Unknown.Count > 0 || _whereabouts.Values.Any(place => place.MayRun))
        {
            await RecallAsync(wanted, cancellationToken);
        }

        wanted.ThrowIfAmbiguous();
        return new SearchResult(
            [.. wanted.Texts.Select(text => (Text: text, Id: wanted.MeaningOf(text))).Where(found => found.Id is not null).Select(found => new FoundTask(found.Text, found.Id!, _whereabouts[found.Id!]))],
            wanted.Unknown,
            _unseen);
    }

    private async Task AskAsync(WantedIds wanted, CancellationToken cancellationToken)
    {
        var request = new ControlRequest(ControlCommands.Running);
        if (wanted.Texts.Count == 1)
        {
            var text = wanted.Texts.Single();
            request = request.With(WantedIds.MayBeBeginning(text) ? "id_beginning" : "id", text);
        }

        var answers = await fleet.FindAsync(
            request,
            answer =>
            {
                foreach (var task in answer.ResultAs<List<TaskReport>>() ?? [])
                {
                    wanted.See(task.Id);
                }

                return wanted.AreAllSeenWhole;
            },
            quiet,
            timeout,
            cancellationToken);
        foreach (var (host, task) in TaskTable.All(answers))
        {
            _whereabouts.TryAdd(task.Id, Whereabouts.Of(host, task, time.GetUtcNow()));
        }
    }

    private async Task LookAsync(WantedIds wanted, KnownQueue queue, string part, CancellationToken cancellationToken)
    {
        // Those of very long ids do not show what they are results of.
        var results = queue.Role == QueueRole.Results
            ? wanted.Texts.Where(text => MessageIds.OfTask(MessageIds.OfResult(text)) != text).ToDictionary(text => MessageIds.OfResult(text), StringComparer.Ordinal)
            : null;
        string? TaskOf(string? id) => id is null || results is null ? id : results.GetValueOrDefault(id) ?? MessageIds.OfTask(id);

        var seen = new Dictionary<string, (long Place, MessageProperties Properties)>(StringComparer.Ordinal);
        long place = 0;
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        long? count = null;
        try
        {
            count = await QueueWalk.WalkAsync(
                fleet.Broker,
                part,
                look,
                async delivery =>
                {
                    place++;
                    if (TaskOf(delivery.Properties.MessageId) is { } id && wanted.See(id))
                    {
                        seen.TryAdd(id, (place, delivery.Properties));
                    }

                    if (wanted.AreAllSeenWhole)
                    {
                        await enough.CancelAsync();
                    }
                },
                () => Task.CompletedTask,
                enough.Token);
            if (count > look.AtMost)
            {
                _unseen.Add($"of the {count:N0} messages in {part} only the first {look.AtMost:N0} were looked at; --limit looks at more");
            }
        }
        catch (OperationCanceledException) when (wanted.AreAllSeenWhole && !cancellationToken.IsCancellationRequested)
        {
            // What stands behind them is of no interest, and is back the sooner.
            count = (await fleet.Broker.InspectQueueAsync(part, cancellationToken))?.Ready;
        }
        catch (Exception e) when (e is LookRefusedException or BrokerRefusedException or BrowsingEndedException)
        {
            // They may be in another one.
            _unseen.Add(e.Message.TrimEnd('.'));
        }

        foreach (var (id, at) in seen)
        {
            var found = Whereabouts.Of(queue, part, at.Place, Math.Max(at.Place, count ?? 0), at.Properties);
            _whereabouts.TryAdd(id, found.Expiring(TaskExpiry.Of(at.Properties, out _), time.GetUtcNow()));
        }
    }

    private async Task RecallAsync(WantedIds wanted, CancellationToken cancellationToken)
    {
        var unknown = new WantedIds(wanted.Unknown);
        foreach (var cancellation in (await remembered.ReadAsync(CancellationStore.Patience, cancellationToken)).Cancellations)
        {
            if (_whereabouts.TryGetValue(cancellation.Id, out var place) && place.MayRun)
            {
                _whereabouts[cancellation.Id] = place.Cancelled(cancellation);
            }

            // What is known elsewhere as well is meant before what is only remembered.
            if (unknown.See(cancellation.Id))
            {
                wanted.See(cancellation.Id);
                _whereabouts.TryAdd(cancellation.Id, Whereabouts.Of(cancellation));
            }
        }
    }
}

/// <summary>What a search has found.</summary>
/// <param name="Found">Each text with what it means.</param>
/// <param name="Unknown">The texts that nobody knows.</param>
/// <param name="Unseen">Why not all that there is was looked at: what is unknown may be there, and so may more ids that begin with a text.</param>
internal sealed record SearchResult(IReadOnlyList<FoundTask> Found, IReadOnlyList<string> Unknown, IReadOnlyList<string> Unseen);

/// <summary>A task that was found.</summary>
/// <param name="Text">What somebody calls it.</param>
/// <param name="Id">Its message id.</param>
/// <param name="Whereabouts">Where it is; nothing when nobody has looked.</param>
internal sealed record FoundTask(string Text, string Id, Whereabouts? Whereabouts)
{
    /// <summary>Whether the text is only a beginning of the id.</summary>
    public bool IsAbbreviated => Text != Id;
}
