using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Dispatcher.Events;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Dispatcher.Tracing;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Forwarding;

/// <summary>Publishes each delivery to where it goes, with many on their way at once, and settles it when that is confirmed.</summary>
/// <remarks>
/// The hot path is <see cref="OnDeliveryAsync"/> and <see cref="Forward.OnOutcome"/>: one object per message, no copy of the
/// body. What goes wrong takes a detour through <see cref="RunDetoursAsync"/>, so that the loop that reads from the broker never waits.
/// </remarks>
internal sealed class Forwarder(
    IBroker broker,
    MessageRouter router,
    AnswerFactory answers,
    QueueNames queues,
    QueueType queueType,
    ServiceLedger ledger,
    DispatchEvents events,
    TimeProvider time,
    ILogger<Forwarder> logger)
{
    // How long a message that could not be sent stays with us before it goes back to its queue.
    private static readonly TimeSpan RefusedDelay = TimeSpan.FromSeconds(1);

    // Bounded by the prefetch: everything in it is an unsettled delivery.
    private readonly Channel<Detour> _detours = Channel.CreateUnbounded<Detour>(new() { SingleReader = true });
    private readonly DetourLog _detourLog = new(logger, time);
    private readonly UnderWay _underWay = new();
    private readonly Unsendable _unsendable = new();

    /// <summary>Takes note of what arrives.</summary>
    public DispatchEvents Events => events;

    /// <summary>Sends a delivery on its way.</summary>
    public async ValueTask OnDeliveryAsync(Delivery delivery)
    {
        // What has come back often is put at the end of its own queue, as a new message: the broker may drop the old one.
        var route = delivery.IsWornOut
            ? new Route(delivery.Queue, WorkerType: null, Rejection: null)
            : router.Route(delivery.Properties, delivery.Body.Span);
        await TakeAsync(delivery, route, CancellationToken.None);
    }

    /// <summary>Offers a message of <c>taskqueue.unroutable</c> to its worker type again, or rejects it when its time is over.</summary>
    public async ValueTask OfferAgainAsync(Delivery delivery, TimeSpan ttl, CancellationToken cancellationToken)
    {
        var route = router.Route(delivery.Properties, delivery.Body.Span);
        if (route.WorkerType is { } workerType && UnroutableSince(delivery.Properties) is { } since && time.GetUtcNow() - since >= ttl)
        {
            route = Rejected(Rejection.Unserved, $"no pool has served worker type \"{workerType}\" for {ConfigurationText.Of(ttl)}");
        }

        await TakeAsync(delivery, route, cancellationToken);
    }

    /// <summary>Rejects a delivery that the delays took and cannot send on: sets it aside, tells who waits for its result, and settles it.</summary>
    /// <param name="delivery">The delivery. Its body has to outlive the call.</param>
    /// <param name="properties">What it is set aside with.</param>
    /// <param name="reason">Why.</param>
    /// <param name="cancellationToken">Gives up; then it goes back with its channel.</param>
    public ValueTask RejectAsync(Delivery delivery, MessageProperties properties, string reason, CancellationToken cancellationToken) => ForwardAsync(
        delivery,
        ledger.Of(delivery.Queue),
        Rejected(Rejection.Unreadable, reason),
        ForwardedProperties.Named(properties.WithoutDeliveryCounts()),
        cancellationToken);

    /// <summary>Prepares the answer about a delivery that somebody else sets aside, since its headers cannot be read.</summary>
    /// <param name="delivery">The delivery. Its body is needed only now.</param>
    /// <returns>Sends the answer, and acknowledges the delivery then; <see langword="null"/> when nobody is told.</returns>
    public Action? AnswerLater(Delivery delivery)
    {
        var forward = new Forward(this, delivery, ledger.Of(delivery.Queue), ledger.Named(queues.Rejected), ForwardedProperties.Named(delivery.Properties));
        LogIfRefused(forward.Properties);
        var rejection = new Rejection(Rejection.Unreadable, delivery.Properties.Unreadable!.Reason);
        if (answers.For(this, forward, rejection, delivery.Body.Span, time.GetUtcNow()) is not { } answer)
        {
            return null;
        }

        return () =>
        {
            _underWay.Begin();
            SendLater(answer);
        };
    }

    /// <summary>Sends what could not be delivered on its detour, until cancelled.</summary>
    public async Task RunDetoursAsync(CancellationToken cancellationToken)
    {
        await foreach (var detour in _detours.Reader.ReadAllAsync(cancellationToken))
        {
            var forward = detour.Forward;
            if (detour.Answer is { } answer)
            {
                await SendAsync(answer, cancellationToken);
                continue;
            }

            try
            {
                if (detour.RefusedAt is { } refusedAt)
                {
                    var wait = RefusedDelay - time.GetElapsedTime(refusedAt);
                    if (wait > TimeSpan.Zero)
                    {
                        await Task.Delay(wait, time, cancellationToken);
                    }

                    forward.GiveBack();
                    continue;
                }

                await SetAsideAsync(forward, detour.Body, cancellationToken);
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                // The edge of the loop: one message must not end the detours of all, nor come back at once for ever.
                _detourLog.DetourFailed(e, forward.Properties.MessageId, forward.To.Queue);
                ComeAgain(forward);
            }
        }
    }

    /// <summary>Waits until every message under way is settled. No further delivery may come.</summary>
    public Task DrainAsync(CancellationToken cancellationToken) => _underWay.DrainAsync(cancellationToken);

    internal void Finished() => _underWay.End();

    internal void SetAside(Forward forward, ReadOnlyMemory<byte> body) => _detours.Writer.TryWrite(new Detour(forward, body, RefusedAt: null));

    internal void SendLater(Answer answer) => _detours.Writer.TryWrite(new Detour(answer.Forward, default, RefusedAt: null) { Answer = answer });

    internal void GiveUp(Answer answer)
    {
        _detourLog.AnswerGivenUp(answer.Message.Properties.MessageId, answer.Message.RoutingKey);
        answer.Forward.Acknowledge();
    }

    internal void GiveBackLater(Forward forward, PublishRefusal? refusal = null)
    {
        _detourLog.Refused(forward.Properties.MessageId, forward.To.Queue, refusal?.Reason ?? "its queue takes none for now");
        if (refusal is not null)
        {
            _unsendable.Add(forward.Properties.MessageId, refusal);
        }

        ComeAgain(forward);
    }

    private void ComeAgain(Forward forward) => _detours.Writer.TryWrite(new Detour(forward, default, time.GetTimestamp()));

    private ValueTask TakeAsync(Delivery delivery, Route route, CancellationToken cancellationToken)
    {
        var from = ledger.Of(delivery.Queue);
        from.Take();
        return ForwardAsync(delivery, from, route, ForwardedProperties.Of(delivery, time), cancellationToken);
    }

    private async ValueTask ForwardAsync(Delivery delivery, QueueLedger from, Route route, MessageProperties properties, CancellationToken cancellationToken)
    {
        if (_unsendable.Take(properties.MessageId) is { } refusal)
        {
            // Its body was not kept when it was refused; now it is here again. What the broker objects to stays behind.
            route = Rejected(Rejection.Unreadable, $"it cannot be published to \"{route.Queue}\" as it is, so its headers and expiration are left out here: {refusal.Reason}");
            properties = properties with { Headers = null, Expiration = null };
        }

        if (route.Rejection is { } rejection)
        {
            properties = WithReason(properties, rejection);
        }

        var span = DispatchSpan.Start(delivery, route, ref properties);
        var forward = new Forward(this, delivery, from, ledger.Named(route.Queue), properties) { Span = span };
        if (route.Rejection is not null)
        {
            forward.Answer = answers.For(this, forward, route.Rejection, delivery.Body.Span, time.GetUtcNow());
        }

        _underWay.Begin();
        await SendAsync(forward, delivery.Body, isNew: true, cancellationToken);
    }

    private async Task SetAsideAsync(Forward forward, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        var (queue, properties) = (forward.To.Queue, forward.Properties);
        if (queue == queues.Rejected || queue == queues.Unroutable)
        {
            // Somebody deleted our own queue.
            await broker.DeclareQueueAsync(new QueueDefinition(queue, queueType), cancellationToken);
        }
        else if (UnroutableSince(properties) is null)
        {
            _detourLog.Unroutable(properties.MessageId, queue);
            properties = properties.WithHeaders(
                KeyValuePair.Create<string, object?>(HeaderNames.UnroutableSince, time.GetUtcNow().UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
                KeyValuePair.Create<string, object?>(HeaderNames.UnroutableType, queue[queues.Worker("").Length..]));
            queue = queues.Unroutable;
        }
        else
        {
            queue = queues.Unroutable;
        }

        var instead = new Forward(this, forward.Delivery, forward.From, ledger.Named(queue), properties) { Answer = forward.Answer };
        await SendAsync(instead, body, isNew: false, cancellationToken);
    }

    private async Task SendAsync(Answer answer, CancellationToken cancellationToken)
    {
        try
        {
            if (answer.Missing is { } queue)
            {
                await broker.DeclareQueueAsync(queue, cancellationToken);
            }

            await broker.SendAsync(answer.Message, answer, cancellationToken);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // The edge of an answer: what it tells of is safe, and must not come back for an answer that cannot be sent.
            GiveUp(answer);
        }
    }

    private async ValueTask SendAsync(Forward forward, ReadOnlyMemory<byte> body, bool isNew, CancellationToken cancellationToken)
    {
        var mayBeRejected = isNew && forward.To.Queue != queues.Rejected;
        forward.To.Sending();
        try
        {
            var message = new OutgoingMessage(forward.To.Queue, forward.Properties, body) { KeepsHeaders = mayBeRejected };
            await broker.SendAsync(message, forward, cancellationToken);
        }
        catch (HeadersTooLargeException e) when (mayBeRejected)
        {
            forward.To.NotSent();
            DispatchSpan.End(forward.Span, PublishOutcome.Refused);
            await SendAsync(Reject(forward, e.Message, body), body, isNew, cancellationToken);
        }
        catch (Exception e)
        {
            // It was not sent, so its listener will not hear of it.
            forward.To.NotSent();
            if (!isNew)
            {
                throw;
            }

            if (e is OperationCanceledException)
            {
                // The delivery goes back with its channel.
                forward.From.TakenBack();
                Finished();
                throw;
            }

            // Unsettled, it would take one place of the prefetch away for ever.
            _detourLog.NotSent(e, forward.Properties.MessageId, forward.To.Queue);
            ComeAgain(forward);
        }
    }

    private Route Rejected(string outcome, string reason) => new(queues.Rejected, WorkerType: null, new Rejection(outcome, reason));

    private Forward Reject(Forward forward, string reason, ReadOnlyMemory<byte> body)
    {
        var rejection = new Rejection(Rejection.Unreadable, reason);
        var rejected = new Forward(this, forward.Delivery, forward.From, ledger.Named(queues.Rejected), WithReason(forward.Properties, rejection));
        rejected.Answer = answers.For(this, rejected, rejection, body.Span, time.GetUtcNow());
        return rejected;
    }

    private MessageProperties WithReason(MessageProperties properties, Rejection rejection)
    {
        _detourLog.Rejected(properties.MessageId, rejection.Reason);
        LogIfRefused(properties);
        KeyValuePair<string, object?>[] known = [new(HeaderNames.Reason, rejection.Reason), new(HeaderNames.Expiration, properties.Expiration)];

        // It waits for a person now, whatever its publisher thought that it is worth.
        return properties.WithHeaders([.. known.Where(header => header.Value is not null)]) with { Expiration = null, Persistent = true };
    }

    private void LogIfRefused(MessageProperties properties)
    {
        if (answers.Refuses(properties))
        {
            _detourLog.NotAnswered(properties.MessageId, properties.ReplyTo!);
        }
    }

    private static DateTimeOffset? UnroutableSince(MessageProperties properties) =>
        DateTimeOffset.TryParse(properties.HeaderText(HeaderNames.UnroutableSince), out var since) ? since : null;

    /// <summary>A message that did not arrive, or whose answer is still to be sent.</summary>
    /// <param name="Forward">The message.</param>
    /// <param name="Body">Its body, when it is to be sent elsewhere.</param>
    /// <param name="RefusedAt">When it was refused, by the clock's timestamp, if it is to be given back a while later instead.</param>
    private readonly record struct Detour(Forward Forward, ReadOnlyMemory<byte> Body, long? RefusedAt)
    {
        /// <summary>The answer to send, if it did arrive, and that is what is left to do.</summary>
        public Answer? Answer { get; init; }
    }
}
