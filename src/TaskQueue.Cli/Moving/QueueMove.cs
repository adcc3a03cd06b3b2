using TaskQueue.Messaging;

namespace TaskQueue.Cli.Moving;

/// <summary>Moves what waits in a queue to another broker: each message is let go here when it is confirmed there.</summary>
/// <remarks>
/// A connection that ends gives messages back that may be there already: those come to be two, with one message-id. In memory are no more than
/// the broker may leave with us, which is fewer where they are large.
/// </remarks>
/// <param name="copy">What is published for a delivery.</param>
internal sealed class QueueMove(IBroker source, IBroker target, Func<Delivery, OutgoingMessage> copy, TimeProvider time)
{
    private const int MostAtOnce = 256;
    private const long MostBytesAtOnce = 64L << 20;

    // Those that the target will never take stay with us to the end, lest they come again and again.
    private const int MostRefused = 32;

    private static readonly TimeSpan LookInterval = TimeSpan.FromMilliseconds(100), LineInterval = TimeSpan.FromSeconds(10);

    // Longer than a broker that is well takes; one that is short of memory or disk holds publishers up for ever.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    // Protects the three below.
    private readonly Lock _lock = new();
    private readonly List<Delivery> _refused = [];
    private string? _firstRefusal;
    private string? _failure;

    private long _moved, _arrived, _largest;
    private int _underWay;

    /// <summary>How many are there for sure.</summary>
    public long Moved => Interlocked.Read(ref _moved);

    /// <summary>Why the first one stayed that did, or null.</summary>
    public string? Trouble
    {
        get
        {
            lock (_lock)
            {
                return _failure ?? _firstRefusal;
            }
        }
    }

    private bool HasFailed
    {
        get
        {
            lock (_lock)
            {
                return _failure is not null;
            }
        }
    }

    /// <summary>Moves until nothing waits any more, or the target takes no more.</summary>
    /// <param name="queue">The queue's complete name; there is one.</param>
    /// <param name="report">Hears now and then how many have been moved.</param>
    /// <param name="cancellationToken">Stops; what is under way is waited for.</param>
    /// <exception cref="TimeoutException">One of the brokers does not go on.</exception>
    public async Task RunAsync(string queue, Func<long, Task> report, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var consumer = await source.ConsumeAsync(
            new QueueDefinition(queue), new ConsumerOptions(1) { KeepBodies = false }, delivery => TakeAsync(delivery, stop.Token), cancellationToken);
        try
        {
            await UntilEmptyAsync(queue, consumer, report, cancellationToken);
            await consumer.PauseAsync(cancellationToken);
        }
        finally
        {
            await stop.CancelAsync();
            await SettleRestAsync();
        }
    }

    private async Task UntilEmptyAsync(string queue, IConsumer consumer, Func<long, Task> report, CancellationToken cancellationToken)
    {
        var (prefetch, quietLooks, seen) = (1, 0, (Arrived: 0L, Moved: 0L));
        var (progress, line) = (time.GetTimestamp(), time.GetTimestamp());
        while (!HasFailed && quietLooks < 2)
        {
            await Task.Delay(LookInterval, time, cancellationToken);
            var now = (Interlocked.Read(ref _arrived), Moved);
            if (now != seen)
            {
                (seen, progress, quietLooks) = (now, time.GetTimestamp(), 0);
                if (time.GetElapsedTime(line) > LineInterval)
                {
                    line = time.GetTimestamp();
                    await report(Moved);
                }

                var wanted = (int)Math.Clamp(MostBytesAtOnce / Math.Max(1, Interlocked.Read(ref _largest)), 1, MostAtOnce);
                if (wanted != prefetch)
                {
                    await consumer.SetPrefetchAsync(wanted, cancellationToken);
                    prefetch = wanted;
                }
            }
            else if (Volatile.Read(ref _underWay) == 0 && await source.InspectQueueAsync(queue, cancellationToken) is null or { Ready: 0 })
            {
                quietLooks++;
            }
            else if (time.GetElapsedTime(progress) > Patience)
            {
                throw new TimeoutException(
                    Volatile.Read(ref _underWay) > 0
                        ? $"{queue}: the target did not confirm within {Patience.TotalSeconds} s. A broker that is short of memory or disk does that. What is not confirmed is still at the source."
                        : $"{queue}: messages wait, and the source has delivered none for {Patience.TotalSeconds} s. Somebody else may consume from the queue.");
            }
        }
    }

    private async ValueTask TakeAsync(Delivery delivery, CancellationToken stop)
    {
        Interlocked.Increment(ref _arrived);
        _largest = Math.Max(_largest, delivery.Body.Length);
        if (HasFailed || stop.IsCancellationRequested)
        {
            delivery.Settle(Settlement.Requeue);
            return;
        }

        Interlocked.Increment(ref _underWay);
        try
        {
            await target.SendAsync(copy(delivery), new Copy(this, delivery), stop);
        }
        catch (OperationCanceledException)
        {
            delivery.Settle(Settlement.Requeue);
            Interlocked.Decrement(ref _underWay);
        }
        catch (HeadersTooLargeException e)
        {
            Refuse(delivery, e.Message);
        }
    }

    private void Hear(Delivery delivery, PublishOutcome outcome)
    {
        switch (outcome)
        {
            case PublishOutcome.Confirmed:
                delivery.Settle(Settlement.Ack);
                Interlocked.Increment(ref _moved);
                break;
            case PublishOutcome.Lost:
                // It may be there: it comes again, and goes again.
                delivery.Settle(Settlement.Requeue);
                break;
            default:
                lock (_lock)
                {
                    _failure ??= outcome == PublishOutcome.Returned
                        ? "the queue was deleted at the target"
                        : "the target does not take more messages in this queue now: it, or its disk, is full";
                }

                delivery.Settle(Settlement.Requeue);
                break;
        }

        Interlocked.Decrement(ref _underWay);
    }

    private void Refuse(Delivery delivery, string reason)
    {
        lock (_lock)
        {
            _refused.Add(delivery);
            _firstRefusal ??= $"the target will never take message {delivery.Properties.MessageId ?? "without an id"}: {reason}";
            if (_refused.Count >= MostRefused)
            {
                _failure ??= $"{_firstRefusal}; and {_refused.Count - 1} others";
            }
        }

        Interlocked.Decrement(ref _underWay);
    }

    private async Task SettleRestAsync()
    {
        var since = time.GetTimestamp();
        while (Volatile.Read(ref _underWay) > 0 && time.GetElapsedTime(since) < Patience)
        {
            await Task.Delay(LookInterval, time, CancellationToken.None);
        }

        lock (_lock)
        {
            _refused.ForEach(delivery => delivery.Settle(Settlement.Requeue));
        }
    }

    private sealed class Copy(QueueMove move, Delivery delivery) : IPublishListener
    {
        public void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody) => move.Hear(delivery, outcome);

        public void OnRefusedForGood(PublishRefusal refusal) => move.Refuse(delivery, refusal.Reason);
    }
}
