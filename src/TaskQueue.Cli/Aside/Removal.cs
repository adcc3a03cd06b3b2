using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Aside;

/// <summary>What becomes of each message that is looked at: those that are meant leave the queue.</summary>
/// <param name="selection">Which are meant.</param>
/// <param name="broker">The broker.</param>
/// <param name="home">The queue they go to, or <see langword="null"/> to delete them.</param>
/// <param name="cancelled">The cancelled tasks, by their message ids. These stay: a pool would not run them but have done with them.</param>
/// <param name="time">The clock.</param>
internal sealed class Removal(Selection selection, IBroker broker, QueueDefinition? home, IReadOnlyDictionary<string, TaskCancellation> cancelled, TimeProvider time)
{
    private readonly List<TaskCancellation> _kept = [];
    private Mover? _mover;
    private int _deleted;

    /// <summary>How many have left.</summary>
    public int Count => home is null ? _deleted : _mover?.Moved ?? 0;

    /// <summary>Those that are meant and stay, because somebody has cancelled them.</summary>
    public IReadOnlyList<TaskCancellation> Kept => _kept;

    /// <summary>What became of the first that could not be moved. From then on all others stay.</summary>
    public PublishOutcome? Failure => _mover?.Failure;

    /// <summary>Decides on a message.</summary>
    public async Task LookAsync(Delivery delivery, CancellationToken cancellationToken)
    {
        if (!selection.Takes(delivery.Properties) || Failure is not null)
        {
            return;
        }

        if (home is null)
        {
            delivery.Settle(Settlement.Ack);
            _deleted++;
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

    /// <summary>Waits for what is under way.</summary>
    public Task FinishAsync() => _mover?.DrainAsync(CancellationToken.None) ?? Task.CompletedTask;

    private async Task<Mover> MoverAsync(QueueDefinition target, CancellationToken cancellationToken)
    {
        // One that exists is not to be declared: it may have other arguments, which would be logged.
        if (await broker.InspectQueueAsync(target.Name, cancellationToken) is null)
        {
            await broker.DeclareQueueAsync(target, cancellationToken);
        }

        return new Mover(broker, target.Name, time);
    }
}
