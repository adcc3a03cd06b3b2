using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A consumer, across the channels it is subscribed on one after the other. Calls its callback for one delivery at a time.</summary>
/// <remarks>Life cycle: taking, perhaps paused (what arrives waits), stopped (what arrives goes straight back), left.</remarks>
internal sealed class RabbitMqConsumer(
    QueueSubscriptions subscriptions, ConsumerOptions options, Func<Delivery, ValueTask> onDelivery, ILogger logger) : IConsumer
{
    // Neither a broker that does not answer nor a callback that hangs may hang the shutdown: the subscription ends
    // when the broker can be told, or with the connection.
    private static readonly TimeSpan DisposeTimeout = TimeSpan.FromSeconds(5);

    // Protects the five below.
    private readonly Lock _lock = new();
    private readonly Queue<RabbitMqDelivery> _waiting = new();
    private bool _calling;
    private bool _paused;
    private bool _stopped;
    private TaskCompletionSource? _idle;

    private int _held;
    private int _disposed;

    public bool KeepBodies => options.KeepBodies;

    /// <summary>How it stands with the broker; belongs to <see cref="QueueSubscriptions"/>.</summary>
    public Subscription Subscription { get; } = new(options.Prefetch);

    /// <summary>How many deliveries are with it that it has not settled and the broker has not taken back.</summary>
    public int Held => Volatile.Read(ref _held);

    /// <summary>Takes note that it holds more deliveries, or fewer.</summary>
    public void Hold(int more) => Interlocked.Add(ref _held, more);

    /// <summary>Why a message must not be looked at, or <see langword="null"/>; see <see cref="Quarantine"/>.</summary>
    public string? Verdict(bool redelivered, MessageProperties properties) => subscriptions.Quarantine.Verdict(redelivered, properties);

    /// <summary>Hands over a delivery that has arrived. Returns when the callback does, or at once when it is busy.</summary>
    public void Offer(RabbitMqDelivery delivery)
    {
        subscriptions.CountDelivery();
        bool stopped;
        lock (_lock)
        {
            stopped = _stopped;
            if (!stopped && (_calling || _paused))
            {
                // Bounded by the prefetch.
                _waiting.Enqueue(delivery);
                return;
            }

            _calling |= !stopped;
        }

        if (stopped)
        {
            GiveBack(delivery);
            return;
        }

        // Not awaited here, so that a slow callback holds up nobody else's deliveries; whoever stops the consumer waits for it.
        _ = CallAsync(delivery);
    }

    public Task PauseAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _paused = true;
        }

        return WhenIdle().WaitAsync(cancellationToken);
    }

    public async Task StopTakingAsync(CancellationToken cancellationToken)
    {
        // What is on its way meanwhile still reaches the callback: a quorum queue would count its return as a failed delivery.
        await subscriptions.SetPrefetchAsync(this, 0, cancellationToken);
        await WhenIdle().WaitAsync(cancellationToken);
        StopCalling();
    }

    public Task SetPrefetchAsync(int prefetch, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(prefetch);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(prefetch, ushort.MaxValue);
        lock (_lock)
        {
            if (_stopped)
            {
                return Task.CompletedTask;
            }
        }

        return subscriptions.SetPrefetchAsync(this, prefetch, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
        {
            return;
        }

        StopCalling();
        try
        {
            await subscriptions.LeaveAsync(this).WaitAsync(DisposeTimeout);
            await WhenIdle().WaitAsync(DisposeTimeout);
        }
        catch (TimeoutException)
        {
            // See DisposeTimeout.
        }
    }

    /// <summary>Gives back what the callback has not seen; it is called no more.</summary>
    public void StopCalling()
    {
        RabbitMqDelivery[] unseen;
        lock (_lock)
        {
            _stopped = true;
            unseen = [.. _waiting];
            _waiting.Clear();
        }

        foreach (var delivery in unseen)
        {
            GiveBack(delivery);
        }
    }

    private static void GiveBack(RabbitMqDelivery delivery)
    {
        delivery.Settle(Settlement.Requeue);
        delivery.ReleaseBody();
    }

    private async Task CallAsync(RabbitMqDelivery first)
    {
        for (var delivery = first; delivery is not null; delivery = NextWaiting())
        {
            if (!delivery.IsLost)
            {
                try
                {
                    await onDelivery(delivery);
                }
                catch (Exception e)
                {
                    // The edge of the loop: callbacks must not throw, and one that does must not end the consumer.
                    logger.CallbackFailed(e, delivery.Queue, delivery.DeliveryTag);
                }
            }

            delivery.ReleaseBody();
        }
    }

    private RabbitMqDelivery? NextWaiting()
    {
        lock (_lock)
        {
            if (!_paused && _waiting.TryDequeue(out var next))
            {
                return next;
            }

            _calling = false;
            _idle?.TrySetResult();
            _idle = null;
            return null;
        }
    }

    private Task WhenIdle()
    {
        lock (_lock)
        {
            if (!_calling)
            {
                return Task.CompletedTask;
            }

            _idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _idle.Task;
        }
    }
}
