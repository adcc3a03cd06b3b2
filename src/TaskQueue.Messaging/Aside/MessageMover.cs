using System.Collections.Concurrent;
using System.Threading.Channels;

namespace TaskQueue.Messaging.Aside;

/// <summary>Moves messages to a queue: publishes each there, and lets the old one go when the broker has confirmed the new one.</summary>
/// <remarks>What is not confirmed stays where it was; that the connection ends between the confirm and the acknowledgement is how there
/// come to be two.</remarks>
internal sealed class MessageMover(IBroker broker, string target, TimeProvider time)
{
    // Their bodies are in memory until the answer.
    private const int MostUnderWay = 64;

    private const int NoFailure = -1;

    // Far longer than a broker that is well takes; one that is short of memory or disk holds publishers up for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Bounded by what is under way.
    private readonly Channel<PublishOutcome> _answers = Channel.CreateUnbounded<PublishOutcome>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentQueue<string> _ids = [];
    private int _underWay;
    private int _moved;
    private int _failure = NoFailure;

    /// <summary>How many have been moved for sure.</summary>
    public int Moved => Volatile.Read(ref _moved);

    /// <summary>The message ids of those, of the first <see cref="AsideRemoval.MostIds"/>.</summary>
    public IReadOnlyCollection<string> Ids => _ids;

    /// <summary>What became of the first one that was not moved, if there is one.</summary>
    public PublishOutcome? Failure => Volatile.Read(ref _failure) is var failure and not NoFailure ? (PublishOutcome)failure : null;

    /// <summary>Sends a message on its way, when there are not too many on theirs.</summary>
    /// <exception cref="TimeoutException">The broker takes none.</exception>
    public async Task MoveAsync(Delivery delivery, MessageProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        if (_underWay == MostUnderWay)
        {
            await AnswerAsync(cancellationToken);
        }

        using var deadline = new CancellationTokenSource(Patience, time);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        try
        {
            await broker.SendAsync(new OutgoingMessage(target, properties, body), new Move(this, delivery), stop.Token);
            _underWay++;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw NoAnswer(e);
        }
    }

    /// <summary>Waits until it is known what became of all.</summary>
    /// <exception cref="TimeoutException">The broker does not answer.</exception>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        while (_underWay > 0)
        {
            await AnswerAsync(cancellationToken);
        }
    }

    private static TimeoutException NoAnswer(Exception innerException) => new(
        $"the broker did not confirm within {Patience.TotalSeconds} s. A broker that is short of memory or disk does that.", innerException);

    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _answers.Reader.ReadAsync(cancellationToken).AsTask().WaitAsync(Patience, time, cancellationToken);
            _underWay--;
        }
        catch (TimeoutException e)
        {
            throw NoAnswer(e);
        }
    }

    private void OnAnswer(Delivery delivery, PublishOutcome outcome)
    {
        if (outcome == PublishOutcome.Confirmed)
        {
            delivery.Settle(Settlement.Ack);
            if (Interlocked.Increment(ref _moved) <= AsideRemoval.MostIds && delivery.Properties.MessageId is { } id)
            {
                _ids.Enqueue(id);
            }
        }
        else
        {
            Interlocked.CompareExchange(ref _failure, (int)outcome, NoFailure);
        }

        _answers.Writer.TryWrite(outcome);
    }

    private sealed class Move(MessageMover mover, Delivery delivery) : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => mover.OnAnswer(delivery, outcome);
    }
}
