using System.Threading.Channels;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.Delays;

/// <summary>Takes each message out of <c>taskqueue.delay.due</c> and sends it where it belongs now: when it is due to the queue it is for,
/// else to the queue that holds it for the next part of its delay. Any number may run side by side.</summary>
/// <remarks>It keeps nothing in memory but what is under way: a message leaves a queue when the broker has confirmed it in the next one.</remarks>
/// <param name="broker">The broker.</param>
/// <param name="delays">The queues.</param>
/// <param name="time">The clock that says what is due.</param>
/// <param name="logger">Where to log.</param>
public sealed class DelayedForwarder(IBroker broker, DelayQueues delays, TimeProvider time, ILogger<DelayedForwarder> logger)
{
    // Bodies stay in memory until the confirm; fewer than a dispatcher's own, which do not.
    private const int Prefetch = 256;

    // How long a message stays with us that even a delay queue refused.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(1);

    // Bounded by the prefetch: everything in it is an unsettled delivery.
    private readonly Channel<(DelayHop Hop, PublishOutcome Outcome)> _detours =
        Channel.CreateUnbounded<(DelayHop, PublishOutcome)>(new() { SingleReader = true });

    private readonly LogPause _rejections = new(time), _gone = new(time), _refusals = new(time);
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _underWay;
    private volatile bool _draining;

    /// <summary>Forwards until told to stop, and then until what it has taken is confirmed.</summary>
    /// <param name="stopTaking">Take nothing new.</param>
    /// <param name="abortRunning">Wait no longer; what is unconfirmed goes back to its queue with the connection, and a copy may have arrived.</param>
    /// <returns>A task that completes, without an error, when everything taken is settled or <paramref name="abortRunning"/> fires. To be called once.</returns>
    /// <exception cref="BrokerRefusedException">We lack the right to declare <c>taskqueue.delay.due</c> or to consume from it.</exception>
    public async Task RunAsync(CancellationToken stopTaking, CancellationToken abortRunning)
    {
        using var stopDetours = CancellationTokenSource.CreateLinkedTokenSource(abortRunning);
        var detours = RunDetoursAsync(stopDetours.Token);
        try
        {
            await broker.DeclareQueueAsync(delays.Entrance, stopTaking);
            await using var consumer = await broker.ConsumeAsync(
                delays.Entrance, new ConsumerOptions(Prefetch), delivery => OnDeliveryAsync(delivery, abortRunning), stopTaking);
            await UntilAsync(stopTaking);
            await consumer.StopTakingAsync(abortRunning);
            await DrainAsync(abortRunning);
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested || abortRunning.IsCancellationRequested)
        {
            // As asked; the broker gives to others what we have not settled.
        }
        finally
        {
            await stopDetours.CancelAsync();
            await detours;
        }
    }

    internal void Settle(Delivery delivery, Settlement settlement)
    {
        delivery.Settle(settlement);
        Finished();
    }

    internal void Detour(DelayHop hop, PublishOutcome outcome) => _detours.Writer.TryWrite((hop, outcome));

    private void Finished()
    {
        if (Interlocked.Decrement(ref _underWay) == 0 && _draining)
        {
            _drained.TrySetResult();
        }
    }

    private async ValueTask OnDeliveryAsync(Delivery delivery, CancellationToken abortRunning)
    {
        Interlocked.Increment(ref _underWay);
        try
        {
            await SendAsync(NextHop(delivery), abortRunning);
        }
        catch (OperationCanceledException) when (abortRunning.IsCancellationRequested)
        {
            // Not sent: it goes back with its channel.
            Finished();
        }
        catch
        {
            // Not sent either; the consumer logs why.
            Finished();
            throw;
        }
    }

    private DelayHop NextHop(Delivery delivery)
    {
        if (DelayedMessage.Read(delivery.Properties, delays.Names.TaskQueue, out var problem) is not { } message)
        {
            return Rejection(delivery, delivery.Properties, problem!);
        }

        var remaining = message.DueMilliseconds - time.GetUtcNow().ToUnixTimeMilliseconds();
        return message.DueMilliseconds < 0 || remaining <= 0
            ? new DelayHop(this, delivery, delays.Destination(message.To), message.Original, message)
            : Stay(delivery, message, DelayLevels.Next(TimeSpan.FromMilliseconds(Math.Min(remaining, (long)DelayQueues.Longest.TotalMilliseconds))));
    }

    private DelayHop Stay(Delivery delivery, DelayedMessage message, TimeSpan level) =>
        new(this, delivery, delays.Level(level), message.ToProperties(), released: null);

    private DelayHop Rejection(Delivery delivery, MessageProperties properties, string reason)
    {
        if (_rejections.MayWrite(out var more))
        {
            logger.DelayedRejected(properties.MessageId, reason, more);
        }

        properties = properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Reason, reason));
        return new DelayHop(this, delivery, delays.Destination(delays.Names.Rejected), properties, released: null);
    }

    private ValueTask SendAsync(DelayHop hop, CancellationToken cancellationToken) => broker.SendAsync(hop.Message, hop, cancellationToken);

    /// <summary>Goes on with what did not arrive, until cancelled. Apart from the deliveries, so that the loop that reads from the broker never waits.</summary>
    private async Task RunDetoursAsync(CancellationToken cancellationToken)
    {
        try
        {
            await foreach (var (hop, outcome) in _detours.Reader.ReadAllAsync(cancellationToken))
            {
                await DetourAsync(hop, outcome, cancellationToken);
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task DetourAsync(DelayHop hop, PublishOutcome outcome, CancellationToken cancellationToken)
    {
        try
        {
            if (outcome == PublishOutcome.Returned)
            {
                await SendAsync(await DeclaredAsync(hop, cancellationToken), cancellationToken);
            }
            else if (hop.Released is { } message)
            {
                await SendAsync(Retry(hop, message), cancellationToken);
            }
            else
            {
                if (_refusals.MayWrite(out var more))
                {
                    logger.DelayedRefused(hop.Target.Name, hop.Message.Properties.MessageId, RefusedDelay, more);
                }

                await Task.Delay(RefusedDelay, time, cancellationToken);
                Settle(hop.Delivery, Settlement.Requeue);
            }
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The edge of the loop: one message must not end the detours of all.
            logger.DelayedDetourFailed(e, hop.Message.Properties.MessageId, hop.Target.Name);
            Settle(hop.Delivery, Settlement.Requeue);
        }
    }

    /// <summary>Declares the missing queue; a message for one that cannot be declared is rejected.</summary>
    private async Task<DelayHop> DeclaredAsync(DelayHop hop, CancellationToken cancellationToken)
    {
        try
        {
            await broker.DeclareQueueAsync(hop.Target, cancellationToken);
        }
        catch (BrokerRefusedException e) when (hop.Released is { } message)
        {
            return Rejection(hop.Delivery, message.Original, $"there is no queue \"{hop.Target.Name}\": {e.Message}");
        }

        // Levels are declared when they are first needed: nothing to tell.
        if (hop.Released is not null && _gone.MayWrite(out var more))
        {
            logger.DelayedQueueGone(hop.Target.Name, hop.Message.Properties.MessageId, more);
        }

        return hop;
    }

    /// <summary>Lets a message wait whose queue is full, so that it does not hold up those for others.</summary>
    private DelayHop Retry(DelayHop hop, DelayedMessage message)
    {
        var overdue = time.GetUtcNow() - DateTimeOffset.UnixEpoch - TimeSpan.FromMilliseconds(Math.Max(0, message.DueMilliseconds));
        var level = DelayLevels.Retry(overdue);
        if (_refusals.MayWrite(out var more))
        {
            logger.DelayedRefused(hop.Target.Name, hop.Message.Properties.MessageId, level, more);
        }

        return Stay(hop.Delivery, message, level);
    }

    private async Task DrainAsync(CancellationToken cancellationToken)
    {
        _draining = true;
        if (Volatile.Read(ref _underWay) > 0)
        {
            await _drained.Task.WaitAsync(cancellationToken);
        }
    }

    private async Task UntilAsync(CancellationToken stopTaking)
    {
        try
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, time, stopTaking);
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
        {
            // That is what was waited for.
        }
    }
}
