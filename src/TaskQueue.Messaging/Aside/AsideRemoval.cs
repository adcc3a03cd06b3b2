using TaskQueue.Messaging.Control;

namespace TaskQueue.Messaging.Aside;

/// <summary>What becomes of each message that is looked at: those that are meant leave the queue.</summary>
/// <param name="selection">Which are meant.</param>
/// <param name="broker">The broker.</param>
/// <param name="home">The queue they go to, or <see langword="null"/> to delete them.</param>
/// <param name="cancelled">The cancelled tasks, by their message ids. These stay where others are moved: a pool would not run them but have done with them.</param>
/// <param name="news">Tells the history what was done.</param>
/// <param name="time">The clock.</param>
internal sealed class AsideRemoval(
    AsideSelection selection, IBroker broker, QueueDefinition? home, IReadOnlyDictionary<string, TaskCancellation> cancelled, AsideNews news, TimeProvider time)
{
    /// <summary>How many ids are told of.</summary>
    public const int MostIds = 1000;

    private readonly List<TaskCancellation> _kept = [];
    private readonly List<string> _deletedIds = [];
    private MessageMover? _mover;
    private int _deleted;

    /// <summary>Whether they are deleted, and not sent anywhere.</summary>
    public bool IsDeleting => home is null;

    /// <summary>When it began: before anything came of what was moved.</summary>
    public DateTimeOffset Began { get; private set; }

    /// <summary>How many have left.</summary>
    public int Count => home is null ? _deleted : _mover?.Moved ?? 0;

    /// <summary>The message ids of the first <see cref="MostIds"/> of those that had one.</summary>
    public IReadOnlyCollection<string> Ids => home is null ? _deletedIds : _mover?.Ids ?? [];

    /// <summary>Those that are meant and stay, because somebody has cancelled them.</summary>
    public IReadOnlyList<TaskCancellation> Kept => _kept;

    /// <summary>What became of the first that could not be moved. From then on all others stay.</summary>
    public PublishOutcome? Failure => _mover?.Failure;

    /// <summary>Why that one was not moved, for a person.</summary>
    public static string WordsFor(PublishOutcome failure) => failure switch
    {
        PublishOutcome.Refused => "the broker refused a message, as it does when the queue is full",
        PublishOutcome.RefusedForGood => "the broker never takes a message as it is: it is too large for it, or this user may not write; the broker's log tells",
        PublishOutcome.Returned => "somebody deleted the queue meanwhile",
        _ => "the connection ended before the broker confirmed; it may have some that it did not confirm",
    };

    /// <summary>What kept it from going through a queue to its end, for a person.</summary>
    /// <param name="queue">The queue.</param>
    /// <returns>A sentence, or <see langword="null"/> when nothing did.</returns>
    public string? ProblemWith(AsideQueue queue) => Failure is { } failure ? $"{queue.Home} did not take all: {WordsFor(failure)}. The others are still in {queue.Name}." : null;

    /// <summary>Goes through a queue, and tells what was done there however far it came.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="look">How many messages to look at.</param>
    /// <param name="cancellationToken">Stops; what was moved or deleted by then has left.</param>
    public async Task WalkAsync(AsideQueue queue, BrowseOptions look, CancellationToken cancellationToken)
    {
        Began = time.GetUtcNow();
        try
        {
            await QueueWalk.WalkAsync(broker, queue.Name, look, delivery => LookAsync(delivery, cancellationToken), FinishAsync, cancellationToken);
        }
        finally
        {
            await news.TellAsync(queue, this);
        }
    }

    private async Task LookAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (!selection.Takes(delivery.Properties) || Failure is not null)
        {
            return;
        }

        if (home is null)
        {
            delivery.Settle(Settlement.Ack);
            if (++_deleted <= MostIds && delivery.Properties.MessageId is { } deleted)
            {
                _deletedIds.Add(deleted);
            }

            return;
        }

        if (delivery.Properties.MessageId is { } id && cancelled.TryGetValue(id, out var cancellation))
        {
            _kept.Add(cancellation);
            return;
        }

        _mover ??= await MoverAsync(home, cancellationToken);
        var (properties, body) = RawEnvelope.Open(delivery.Properties, delivery.Body) ?? (OriginalMessage.WithoutFailure(delivery.Properties), delivery.Body);
        await _mover.MoveAsync(delivery, properties, body, cancellationToken);
    }

    private Task FinishAsync() => _mover?.DrainAsync(CancellationToken.None) ?? Task.CompletedTask;

    private async Task<MessageMover> MoverAsync(QueueDefinition target, CancellationToken cancellationToken)
    {
        // One that exists is not to be declared: it may have other arguments, which would be logged.
        if (await broker.InspectQueueAsync(target.Name, cancellationToken) is null)
        {
            await broker.DeclareQueueAsync(target, cancellationToken);
        }

        return new MessageMover(broker, target.Name, time);
    }
}
