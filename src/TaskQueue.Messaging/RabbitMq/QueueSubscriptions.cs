using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.RabbitMq.Progress;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>All consumers of one queue, on one shared channel, and the loop that keeps the broker informed of what they want.</summary>
/// <remarks>
/// Consumers state what they want and wait. The loop compares that with what the broker knows and sends the difference, after
/// every change on either side: a new consumer, another prefetch, a new session, a channel that ended, a subscription that the
/// broker cancelled. So there is one path for the first subscription and for all later ones, and commands never cross.
/// </remarks>
internal sealed class QueueSubscriptions(
    QueueDefinition queue, Sessions sessions, Declaring declaring, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private const string CancelledReason =
        "the broker cancelled them, most likely because the queue was deleted, its node went away, "
        + "or (RabbitMQ 4.3 and later) a task outlasted its acknowledgement timeout";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _changed = new(0, 1);
    private readonly QuarantineWatch _quarantine = new(queue.Name, time, logger);

    // Protects the members, what they want and the three below.
    private readonly Lock _lock = new();
    private readonly List<RabbitMqConsumer> _members = [];
    private Task? _loop;
    private bool _stopped;
    private bool _renewChannel;

    private long _deliveries;

    // Changed by the loop alone.
    private SubscribedChannel? _channel;
    private volatile SubscriptionTrouble? _trouble;

    /// <summary>The queue's name.</summary>
    public string Name => queue.Name;

    /// <summary>What <see cref="ProgressWatch"/> makes of it, and what it saw last.</summary>
    public Watched Watched { get; } = new($"Queue {queue.Name}", time, logger);

    /// <summary>Finds a message that ends the connection.</summary>
    public Quarantine Quarantine => _quarantine.Quarantine;

    public long DeliveriesAtLastLook { get; set; }

    /// <summary>Whether a consumer could take more, how many deliveries came so far, and why there is no subscription if there ought to be.</summary>
    public (bool HasRoom, long Deliveries, SubscriptionTrouble? Trouble) Progress
    {
        get
        {
            bool hasRoom;
            lock (_lock)
            {
                hasRoom = _members.Exists(member => member.Held < Quarantine.Limit(member.Subscription.Wanted));
            }

            return (hasRoom, Interlocked.Read(ref _deliveries), _trouble);
        }
    }

    /// <summary>Takes note that a delivery came.</summary>
    public void CountDelivery() => Interlocked.Increment(ref _deliveries);

    /// <summary>Has all consumers go on on another channel.</summary>
    public void RenewChannel()
    {
        lock (_lock)
        {
            _renewChannel = true;
        }

        Changed();
    }

    /// <summary>Subscribes a consumer, and waits until the broker knows it.</summary>
    public async Task<IConsumer> SubscribeAsync(
        ConsumerOptions options, Func<Delivery, ValueTask> onDelivery, CancellationToken cancellationToken)
    {
        var consumer = new RabbitMqConsumer(this, options, onDelivery, logger);
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stopped, typeof(RabbitMqBroker));
            _members.Add(consumer);
            consumer.Subscription.Waiting.Add(known);
            if (_loop is null)
            {
                sessions.Began += OnSessionBegan;
                _loop = Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
            }
        }

        Changed();
        try
        {
            await known.Task.WaitAsync(cancellationToken);
            return consumer;
        }
        catch
        {
            await consumer.DisposeAsync();
            throw;
        }
    }

    /// <summary>Changes a consumer's prefetch, and waits until the broker knows it.</summary>
    public Task SetPrefetchAsync(RabbitMqConsumer consumer, int prefetch, CancellationToken cancellationToken) =>
        ChangeAsync(consumer, subscription => subscription.Wanted = prefetch).WaitAsync(cancellationToken);

    /// <summary>Ends a consumer's subscription and gives back what it has not settled.</summary>
    public Task LeaveAsync(RabbitMqConsumer consumer) =>
        ChangeAsync(consumer, subscription =>
        {
            subscription.Wanted = 0;
            subscription.Leaving = true;
        });

    public async ValueTask DisposeAsync()
    {
        Task? loop;
        RabbitMqConsumer[] members;
        lock (_lock)
        {
            _stopped = true;
            loop = _loop;
            members = [.. _members];
        }

        sessions.Began -= OnSessionBegan;
        foreach (var member in members)
        {
            member.StopCalling();
        }

        await _stop.CancelAsync();
        if (loop is not null)
        {
            await loop;
        }

        if (_channel is { } channel)
        {
            await channel.CancelAllAsync();
            await channel.DisposeAsync();
        }
    }

    private Task ChangeAsync(RabbitMqConsumer consumer, Action<Subscription> change)
    {
        var known = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_lock)
        {
            if (_stopped || !_members.Contains(consumer))
            {
                return Task.CompletedTask;
            }

            change(consumer.Subscription);
            consumer.Subscription.Waiting.Add(known);
        }

        Changed();
        return known.Task;
    }

    private void OnSessionBegan(object? sender, EventArgs e) => Changed();

    private void Changed()
    {
        lock (_changed)
        {
            if (_changed.CurrentCount == 0)
            {
                _changed.Release();
            }
        }
    }

    private async Task RunAsync(CancellationToken stop)
    {
        try
        {
            var delay = FirstDelay;
            while (true)
            {
                await _changed.WaitAsync(stop);
                try
                {
                    await ReconcileAsync(stop);
                    delay = FirstDelay;
                }
                catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
                {
                    // The edge of the loop: whatever went wrong, the consumers want their deliveries.
                    await GiveUpChannelAsync(e, stop);
                    await Task.Delay(delay, time, stop);
                    delay = delay * 2 < MaxDelay ? delay * 2 : MaxDelay;
                    Changed();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed of.
        }

        lock (_lock)
        {
            foreach (var member in _members)
            {
                Release(member.Subscription);
            }
        }
    }

    private async Task ReconcileAsync(CancellationToken stop)
    {
        if (_channel is { HasEnded: true } dead)
        {
            Interrupted(await dead.Ended, brokerAnswers: true);
            await DropChannelAsync();
        }

        bool renew;
        lock (_lock)
        {
            renew = _renewChannel;
            _renewChannel = false;
        }

        if (renew)
        {
            await DropChannelAsync();
        }

        await RemoveLeavingAsync(stop);
        var wanting = Wanting();
        if (wanting.Count == 0)
        {
            return;
        }

        if (_channel is null && !await TryOpenAsync(stop))
        {
            // Called again when the next session begins.
            return;
        }

        _quarantine.EndIfItLasts();
        if (_channel!.TakeCancelled() && sessions.Current is { } session)
        {
            Interrupted(CancelledReason, brokerAnswers: true);
            await declaring.DeclareAsync(session, queue, stop);
        }

        foreach (var consumer in wanting)
        {
            await ApplyAsync(consumer, stop);
        }

        if (_trouble is { } trouble)
        {
            logger.ConsumersResumed(queue.Name, time.GetElapsedTime(trouble.Began).TotalSeconds);
            _trouble = null;
        }
    }

    private async Task<bool> TryOpenAsync(CancellationToken stop)
    {
        if (sessions.Current is not { } session)
        {
            return false;
        }

        _quarantine.Judge(session);
        await declaring.DeclareAsync(session, queue, stop);
        var channel = await SubscribedChannel.OpenAsync(session, queue.Name, declaring.ConsumerArguments(session, queue), Changed, logger, stop);
        _channel = channel;
        _quarantine.Opened(Changed, stop);
        _ = channel.Ended.ContinueWith(
            _ => Changed(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return true;
    }

    /// <summary>Those that want deliveries, or want none and still have a subscription. What the others asked for is the case already.</summary>
    private List<RabbitMqConsumer> Wanting()
    {
        List<RabbitMqConsumer> wanting = [];
        lock (_lock)
        {
            foreach (var member in _members)
            {
                if (member.Subscription.Wanted > 0 || _channel?.Knows(member) == true)
                {
                    wanting.Add(member);
                }
                else
                {
                    Release(member.Subscription);
                }
            }
        }

        return wanting;
    }

    private async Task ApplyAsync(RabbitMqConsumer consumer, CancellationToken stop)
    {
        var subscription = consumer.Subscription;
        int wanted;
        lock (_lock)
        {
            wanted = subscription.Wanted;
        }

        await _channel!.ApplyAsync(consumer, Quarantine.Limit(wanted), stop);
        lock (_lock)
        {
            if (subscription.Wanted == wanted)
            {
                Release(subscription);
            }
            else
            {
                Changed();
            }
        }
    }

    private async Task RemoveLeavingAsync(CancellationToken stop)
    {
        RabbitMqConsumer[] leaving;
        lock (_lock)
        {
            leaving = [.. _members.Where(member => member.Subscription.Leaving)];
        }

        foreach (var consumer in leaving)
        {
            if (_channel is { } channel)
            {
                await ApplyAsync(consumer, stop);
                channel.GiveBack(consumer);
            }

            lock (_lock)
            {
                _members.Remove(consumer);
            }
        }

        if (_channel is not null && IsEmpty())
        {
            // With its last consumer the channel goes too.
            await DropChannelAsync();
        }

        foreach (var consumer in leaving)
        {
            lock (_lock)
            {
                Release(consumer.Subscription);
            }
        }
    }

    private bool IsEmpty()
    {
        lock (_lock)
        {
            return _members.Count == 0;
        }
    }

    private async Task DropChannelAsync()
    {
        if (_channel is { } channel)
        {
            _channel = null;
            _quarantine.Closed(channel);
            await channel.DisposeAsync();
        }
    }

    /// <summary>After a failure: the channel may be in any state, so it goes, and those who asked for the impossible hear of it.</summary>
    private async Task GiveUpChannelAsync(Exception exception, CancellationToken stop)
    {
        var refused = exception as BrokerRefusedException
            ?? (ClientFaults.IsRefusal(exception) ? QueueRefusal.Of(queue.Name, exception) : null);
        if (refused is not null)
        {
            lock (_lock)
            {
                foreach (var member in _members)
                {
                    // Those who wait for their first subscription; others were served before, and keep trying.
                    foreach (var waiting in member.Subscription.Waiting)
                    {
                        waiting.TrySetException(refused);
                    }

                    member.Subscription.Waiting.Clear();
                }
            }
        }

        Interrupted(ClientFaults.Explain(exception), refused is not null || ClientFaults.ReplyCode(exception) is not null);
        await DropChannelAsync().WaitAsync(stop);
    }

    private void Interrupted(string reason, bool brokerAnswers)
    {
        // The end of the connection has its own line in the log.
        if (sessions.Current is null || IsEmpty())
        {
            return;
        }

        if (_trouble is not null)
        {
            _trouble = _trouble with { Reason = reason, BrokerAnswers = brokerAnswers };
            return;
        }

        _trouble = new SubscriptionTrouble(time.GetTimestamp(), reason, brokerAnswers);
        if (ClientFaults.IsAckTimeout(reason))
        {
            logger.AckTimedOut(queue.Name, reason);
        }
        else
        {
            logger.ConsumersInterrupted(queue.Name, reason);
        }
    }

    private static void Release(Subscription subscription)
    {
        foreach (var waiting in subscription.Waiting)
        {
            waiting.TrySetResult();
        }

        subscription.Waiting.Clear();
    }
}

/// <summary>Why consumers are not subscribed, though they want to be.</summary>
/// <param name="Began">When that began, for measuring.</param>
/// <param name="Reason">The latest reason.</param>
/// <param name="BrokerAnswers">Whether the broker itself gave it.</param>
internal sealed record SubscriptionTrouble(long Began, string Reason, bool BrokerAnswers);
