using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Ledger;

/// <summary>What this service has put into one queue and taken out of it since it started.</summary>
/// <remarks>May be used from several threads. Nothing here allocates or locks: dispatchers count every message.</remarks>
public sealed class QueueLedger
{
    private readonly ServiceLedger _owner;
    private readonly long[] _out = new long[Enum.GetValues<Fate>().Length];
    private long _in, _underWay, _unknown, _taken, _back, _consumers;

    internal QueueLedger(ServiceLedger owner, string queue)
    {
        _owner = owner;
        Queue = queue;
    }

    /// <summary>The queue's complete name.</summary>
    public string Queue { get; }

    /// <summary>A message is about to be published to the queue; <see cref="Arrived"/> or <see cref="NotSent"/> follows.</summary>
    public void Sending() => Interlocked.Increment(ref _underWay);

    /// <summary>The message could not be sent.</summary>
    public void NotSent() => Interlocked.Decrement(ref _underWay);

    /// <summary>The broker has answered.</summary>
    /// <param name="outcome">What became of the message.</param>
    public void Arrived(PublishOutcome outcome)
    {
        if (outcome == PublishOutcome.Confirmed)
        {
            Interlocked.Increment(ref _owner.Enter(this)._in);
        }
        else if (outcome == PublishOutcome.Lost)
        {
            Interlocked.Increment(ref _owner.Enter(this)._unknown);
        }

        // Last: whoever reads meanwhile finds the message at least once, see Extract.
        Interlocked.Decrement(ref _underWay);
    }

    /// <summary>Publishes a message to the queue and waits for what becomes of it.</summary>
    /// <param name="broker">The broker.</param>
    /// <param name="message">The message.</param>
    /// <param name="cancellationToken">Stops waiting; the message may have been published all the same.</param>
    /// <returns>What became of it.</returns>
    public async Task<PublishAnswer> PublishAsync(IBroker broker, OutgoingMessage message, CancellationToken cancellationToken)
    {
        Sending();
        var answer = new PublishAnswer(PublishOutcome.Lost);
        try
        {
            return answer = await broker.PublishForAnswerAsync(message, cancellationToken);
        }
        finally
        {
            // Whether one that was given up has arrived is as unknown as if its connection had ended.
            Arrived(answer.Outcome);
        }
    }

    /// <summary>A delivery came; <see cref="Acknowledge"/>, <see cref="Requeue"/> or <see cref="TakenBack"/> follows.</summary>
    public void Take() => Interlocked.Increment(ref _taken);

    /// <summary>Acknowledges a delivery, and counts it unless the broker has taken it back: then it comes again, and counts then.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="fate">What became of it.</param>
    public void Acknowledge(Delivery delivery, Fate fate)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        Interlocked.Increment(ref (delivery.IsLost ? ref _back : ref _out[(int)fate]));
        delivery.Settle(Settlement.Ack);
    }

    /// <summary>Returns a delivery to the queue.</summary>
    /// <param name="delivery">The delivery.</param>
    public void Requeue(Delivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        TakenBack();
        delivery.Settle(Settlement.Requeue);
    }

    /// <summary>The broker has taken a delivery back, or will with its channel.</summary>
    public void TakenBack() => Interlocked.Increment(ref _back);

    /// <summary>A subscription to the queue begins.</summary>
    public void Subscribed() => Interlocked.Increment(ref _consumers);

    /// <summary>A subscription to the queue ends.</summary>
    public void Unsubscribed() => Interlocked.Decrement(ref _consumers);

    /// <summary>Reads the counts. They go on while they are read: the order is such that no message is overlooked, though one may count twice.</summary>
    internal QueueCounts Extract()
    {
        var underWay = Interlocked.Read(ref _underWay);
        return new QueueCounts
        {
            UnderWay = underWay,
            In = Interlocked.Read(ref _in),
            Unknown = Interlocked.Read(ref _unknown),
            Done = Left(Fate.Done),
            Deleted = Left(Fate.Deleted),
            Buried = Left(Fate.Buried),
            Released = Left(Fate.Released),
            Forwarded = Left(Fate.Forwarded),
            Back = Interlocked.Read(ref _back),
            Taken = Interlocked.Read(ref _taken),
            Consumers = Interlocked.Read(ref _consumers),
        };
    }

    private long Left(Fate fate) => Interlocked.Read(ref _out[(int)fate]);
}
