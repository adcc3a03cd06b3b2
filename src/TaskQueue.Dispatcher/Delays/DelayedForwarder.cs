using Microsoft.Extensions.Logging;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Dispatcher.Delays;

/// <summary>Sends each message of <c>taskqueue.delay.due</c> where it belongs now: when it is due to the queue it is for, else to the queue
/// that holds it for the next part of its delay. What can go to neither is rejected by the <see cref="Forwarder"/>. See docs/delays.md.</summary>
/// <remarks>It remembers nothing but what is under way: a message leaves a queue when the broker has confirmed it in the next one. So any
/// number of these may run side by side. Disposing gives up what is under way; the broker gives it to others, and a copy may have arrived.</remarks>
internal sealed class DelayedForwarder(
    IBroker broker, DelayQueues delays, Forwarder forwarder, ServiceLedger ledger, TimeProvider time, ILogger<DelayedForwarder> logger) : IAsyncDisposable
{
    // How long a message stays with us that cannot go anywhere, before it goes back to its queue and comes again.
    private static readonly TimeSpan StuckDelay = TimeSpan.FromSeconds(1);

    private readonly DetourLog _log = new(logger, time);
    private readonly UnderWay _underWay = new();
    private readonly CancellationTokenSource _abort = new();

    /// <summary>Sends a delivery on its way. Its body has to outlive the call.</summary>
    public ValueTask OnDeliveryAsync(Delivery delivery)
    {
        _underWay.Begin();

        // Not awaited here: as many are under way at once as the prefetch allows. Draining and disposing wait for them.
        _ = ForwardAsync(delivery, _abort.Token);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until every message under way is settled, or is the forwarder's. No further delivery may come.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _underWay.DrainAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _abort.CancelAsync();
        await DrainAsync(CancellationToken.None);
        _abort.Dispose();
    }

    private async Task ForwardAsync(Delivery delivery, CancellationToken abort)
    {
        try
        {
            if (await SettleAsync(delivery, abort) is { } rejection)
            {
                await forwarder.RejectAsync(delivery, rejection.Properties, rejection.Reason, abort);
            }
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            // Unsettled: it goes back to its queue with its channel.
        }
        finally
        {
            _underWay.End();
        }
    }

    /// <summary>Takes a message, and settles it by what becomes of it.</summary>
    /// <returns>Why it is rejected instead, if it is.</returns>
    private async Task<Rejected?> SettleAsync(Delivery delivery, CancellationToken abort)
    {
        var from = ledger.Of(delivery.Queue);
        from.Take();
        try
        {
            var (fate, rejected) = await ArrivesAsync(delivery, abort);
            if (fate is { } became)
            {
                from.Acknowledge(delivery, became);
            }
            else if (rejected is null)
            {
                await Task.Delay(StuckDelay, time, abort);
                from.Requeue(delivery);
            }

            return rejected;
        }
        catch (OperationCanceledException) when (abort.IsCancellationRequested)
        {
            from.TakenBack();
            throw;
        }
    }

    /// <summary>Sends a message to its next stop, or to where it goes when that cannot be had, until the broker has confirmed one.</summary>
    /// <returns>What became of it, or why it is rejected; neither when it has to be tried again from its queue.</returns>
    private async Task<(Fate? Fate, Rejected? Rejected)> ArrivesAsync(Delivery delivery, CancellationToken abort)
    {
        try
        {
            // What has come back often is put at the end of its own queue, as a new message: the broker may drop the old one.
            var step = delivery.IsWornOut
                ? new Stop(delays.Queue(delivery.Queue), delivery.Properties.WithoutDeliveryCounts(), Released: null)
                : NextStep(delivery.Properties);
            while (step is Stop stop)
            {
                var answer = await ledger.Named(stop.Queue.Name).PublishAsync(
                    broker, new OutgoingMessage(stop.Queue.Name, stop.Properties, delivery.Body), abort);
                if (answer.Outcome == PublishOutcome.Confirmed)
                {
                    if (stop.Held is { } held)
                    {
                        forwarder.Events.Delayed(delivery.Properties, held.Original, held.To, held.Due);
                    }

                    return (Fate.Forwarded, null);
                }

                if (stop.Released is { } message && IsGivenUp(message, answer))
                {
                    _log.AnswerGivenUp(message.Original.MessageId, message.To);
                    return (Fate.Deleted, null);
                }

                step = await StepInsteadAsync(stop, answer, abort);
            }

            return (null, step as Rejected);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The edge of the message's task: whatever happens to one must not hold up others.
            _log.DelayedFailed(e, delivery.Properties.MessageId);
            return default;
        }
    }

    /// <summary>Whether nobody waits for a message any more that its queue did not take.</summary>
    private bool IsGivenUp(DelayedMessage message, PublishAnswer answer) => message.GiveUpMilliseconds is { } giveUp && answer.Outcome switch
    {
        PublishOutcome.Returned => true,
        PublishOutcome.RefusedForGood => answer.Refusal!.Kind != RefusalKind.NotPermitted,
        PublishOutcome.Refused => giveUp <= time.GetUtcNow().ToUnixTimeMilliseconds(),
        _ => false,
    };

    private Step NextStep(MessageProperties properties)
    {
        if (DelayedMessage.Read(properties, delays.Names.TaskQueue, out var problem) is not { } message)
        {
            return new Rejected(properties, problem!);
        }

        if (message.GiveUpMilliseconds is null && AmqpProperties.IsDirectReply(message.To))
        {
            // The broker does not say whether anybody got it. Only an answer of ours, which is told when nobody waits for it any more, is worth no more than that.
            return new Rejected(message.Original, $"it was delayed for \"{message.To}\", which is no queue: whoever waits there is not told of again when it is lost");
        }

        var remaining = message.Remaining(time.GetUtcNow());
        return remaining > TimeSpan.Zero
            ? Wait(message, DelayLevels.Next(remaining))
            : new Stop(delays.Queue(message.To), message.Original, Released: message);
    }

    /// <summary>Where a message goes that did not arrive.</summary>
    private async Task<Step?> StepInsteadAsync(Stop stop, PublishAnswer answer, CancellationToken abort)
    {
        switch (answer.Outcome, stop.Released)
        {
            case (PublishOutcome.Returned, { } message) when message.To != delays.Names.TaskQueue:
                return WithoutQueue(message);
            case (PublishOutcome.Returned, _):
                // Levels are made when they are first needed; any other of our own queues somebody deleted.
                await broker.DeclareQueueAsync(stop.Queue, abort);
                return stop;
            case (PublishOutcome.Refused, { } message):
                // A full queue must not hold up the messages for others.
                var level = DelayLevels.Retry(-message.Remaining(time.GetUtcNow()));
                _log.DelayedRefused(message.Original.MessageId, message.To, level);
                return Wait(message, level);
            case (PublishOutcome.RefusedForGood, { } message) when answer.Refusal is { Kind: not RefusalKind.NotPermitted, Reason: var reason }:
                return new Rejected(message.Original, $"it was delayed for the queue \"{message.To}\" and cannot be published to it: {reason}");
            case (PublishOutcome.Refused or PublishOutcome.RefusedForGood, _):
                _log.Refused(stop.Properties.MessageId, stop.Queue.Name, answer.Refusal?.Reason ?? "it takes none for now");
                return null;
            default:
                // Lost: whether the broker has it is unknown, so somebody must try again.
                return null;
        }
    }

    /// <summary>Where a message goes whose queue is gone. Not to one made anew under any name that a message brings: nobody might ever empty that.</summary>
    private Step WithoutQueue(DelayedMessage message) => message.To.StartsWith(delays.Names.Worker(""), StringComparison.Ordinal)
        ? new Stop(delays.Queue(delays.Names.TaskQueue), message.Original, Released: message with { To = delays.Names.TaskQueue })
        : new Rejected(message.Original, $"it was delayed for the queue \"{message.To}\", which does not exist (any more)");

    private Stop Wait(DelayedMessage message, TimeSpan level) => new(delays.Level(level), message.ToProperties(), Released: null) { Held = message };

    /// <summary>A place that a message is sent to.</summary>
    /// <param name="Queue">The queue.</param>
    /// <param name="Properties">What the message is sent with.</param>
    /// <param name="Released">The message, when it is due and this is the queue it is for.</param>
    private sealed record Stop(QueueDefinition Queue, MessageProperties Properties, DelayedMessage? Released) : Step
    {
        /// <summary>The message, when it is not due yet and this is where it waits.</summary>
        public DelayedMessage? Held { get; init; }
    }

    /// <summary>The end of its way: it can go nowhere.</summary>
    /// <param name="Properties">What it is rejected with.</param>
    /// <param name="Reason">Why.</param>
    private sealed record Rejected(MessageProperties Properties, string Reason) : Step;

    /// <summary>What to do next about a message.</summary>
    private abstract record Step;
}
