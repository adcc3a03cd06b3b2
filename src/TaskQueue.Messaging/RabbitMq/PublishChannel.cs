using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>One channel with confirms, and what is unanswered on it. One sender at a time.</summary>
internal sealed class PublishChannel : IAsyncDisposable
{
    // Enough to keep a quorum queue busy over a slow link, and a bound on what a lost connection makes us send again.
    private const int MaxPending = 8192;
    private const long MaxPendingBodyBytes = 64 * 1024 * 1024;

    private static readonly CreateChannelOptions WithConfirms = new(
        publisherConfirmationsEnabled: true,
        // Ours is cheaper, and knows returns apart from refusals.
        publisherConfirmationTrackingEnabled: false,
        outstandingPublisherConfirmationsRateLimiter: null);

    // Ten seconds each: longer than a queue needs for another leader; and where nothing is sent meanwhile that could be answered first, longer than
    // a large body needs over a slow line.
    private const int OverdueLooks = 6, OverdueLooksAlone = 30;

    private readonly IChannel _channel;
    private readonly PendingPublishes _pending;
    private readonly Publisher _publisher;
    private readonly CancellationTokenRegistration _sessionEnded;
    private readonly Queue<ulong> _sentAtLooks = new();
    private readonly bool _isAside;
    private int _ended;
    private volatile bool _isRetired;

    private PublishChannel(Session session, IChannel channel, Publisher publisher, bool oneAtATime, bool isAside)
    {
        Session = session;
        _channel = channel;
        _publisher = publisher;
        _pending = new PendingPublishes(oneAtATime ? 1 : MaxPending, MaxPendingBodyBytes, publisher.ListenerFailed);
        OneAtATime = oneAtATime;
        _isAside = isAside;
        Opened = publisher.Now;
        channel.BasicAcksAsync += OnAck;
        channel.BasicNacksAsync += OnNack;
        channel.BasicReturnAsync += OnReturn;
        channel.ChannelShutdownAsync += OnShutdown;
        _sessionEnded = session.EndedToken.Register(() => End(reason: null));
    }

    public Session Session { get; }

    /// <summary>Whether each message waits for the answer to the one before, so that one that kills the channel is known.</summary>
    public bool OneAtATime { get; }

    /// <summary>Whether messages are unanswered.</summary>
    public bool IsWaiting => _pending.Count > 0;

    /// <summary>How many messages are unanswered.</summary>
    public int Unanswered => _pending.Count;

    /// <summary>When it was opened, for measuring.</summary>
    public long Opened { get; }

    /// <summary>Whether it only waits for its answers, and takes nothing more.</summary>
    public bool IsRetired => _isRetired;

    public bool IsOpen => Volatile.Read(ref _ended) == 0;

    public static async Task<PublishChannel> OpenAsync(Session session, Publisher publisher, bool oneAtATime, bool isAside, CancellationToken cancellationToken) =>
        new(session, await session.PublishingConnection.CreateChannelAsync(WithConfirms, cancellationToken), publisher, oneAtATime, isAside);

    /// <summary>Waits until a message fits, or the channel is over.</summary>
    public Task WhenRoomFor(int bodyBytes) => _pending.WhenRoomFor(bodyBytes);

    /// <summary>Sends a message.</summary>
    /// <returns>Whether it was sent; if not, why it never can be, or nothing when the channel ended before, so that another one must send it.</returns>
    public async ValueTask<(bool Sent, PublishRefusal? Refusal)> TrySendAsync(OutgoingMessage message, MessageProperties properties, IPublishListener listener)
    {
        byte[] bytes;
        IReadOnlyList<string> omitted;
        try
        {
            bytes = AmqpProperties.Encode(properties, Session.PublishingConnection.FrameMax, message.KeepsHeaders, out omitted);
        }
        catch (ArgumentException e)
        {
            return (false, new PublishRefusal(RefusalKind.NotEncodable, $"it cannot be put into frames: {e.Message}"));
        }

        if (omitted.Count > 0)
        {
            _publisher.Omitted(message, omitted);
        }

        var number = _pending.Add(listener, new PendingMessage(message.Exchange, message.RoutingKey, properties.MessageId, message.Body.Length));
        if (number == 0)
        {
            return (false, null);
        }

        try
        {
            // Once begun it is not for the caller to cancel: half a message is none.
            await _channel.BasicPublishAsync(message.Exchange, message.RoutingKey, mandatory: !AmqpProperties.IsDirectReply(message.RoutingKey), WireProperties.Carry(bytes), message.Body, Session.EndedToken);
            return (true, null);
        }
        catch (Exception e) when (_channel.IsOpen && !Session.HasEnded && _pending.TakeBack(number))
        {
            // For example because its routing key is too long.
            return (false, new PublishRefusal(RefusalKind.NotEncodable, $"it cannot be put into frames: {e.Message}"));
        }
        catch (Exception)
        {
            // The channel ended, before or after it had the message in its hands.
            return (!_pending.TakeBack(number), null);
        }
    }

    /// <summary>Has it take nothing more.</summary>
    public void Retire() => _isRetired = true;

    /// <summary>Waits until everything is answered, or it is over.</summary>
    public Task WhenEmpty() => _pending.WhenEmpty();

    /// <summary>Refuses what has been unanswered for many looks while later messages had their answers. One caller.</summary>
    /// <returns>How many messages that were.</returns>
    public int GiveUpOverdue()
    {
        _sentAtLooks.Enqueue(_pending.Next);
        return _sentAtLooks.Count > (OneAtATime ? OverdueLooksAlone : OverdueLooks)
            ? _pending.GiveUp(sentBefore: _sentAtLooks.Dequeue(), whateverElse: OneAtATime)
            : 0;
    }

    /// <summary>Gives it up: what is unanswered is lost, and another channel will send it.</summary>
    public void Abandon() => End(reason: null);

    public async ValueTask DisposeAsync()
    {
        End(reason: null);
        await _sessionEnded.DisposeAsync();
        await ChannelClosing.CloseQuietlyAsync(_channel);
    }

    private Task OnAck(object sender, BasicAckEventArgs ack)
    {
        Answer(ack.DeliveryTag, ack.Multiple, PublishOutcome.Confirmed);
        return Task.CompletedTask;
    }

    private Task OnNack(object sender, BasicNackEventArgs nack)
    {
        Answer(nack.DeliveryTag, nack.Multiple, PublishOutcome.Refused);
        return Task.CompletedTask;
    }

    private void Answer(ulong number, bool multiple, PublishOutcome outcome)
    {
        if (_isAside)
        {
            // Refusing may be the channel's own trouble; the next message has another one.
            _isRetired |= outcome == PublishOutcome.Refused;
            _pending.Answer(number, multiple, outcome);
            return;
        }

        if (OneAtATime && outcome == PublishOutcome.Confirmed && _pending.Single() is { } taken)
        {
            _publisher.Known.Taken(taken.BodyBytes, Session);
        }

        var answered = _pending.Answer(number, multiple, outcome);
        if (outcome == PublishOutcome.Refused)
        {
            _publisher.Refused(this, answered);
        }
        else
        {
            _publisher.Confirmed(answered);
        }

        if (OneAtATime)
        {
            _publisher.Passed(answered);
        }
    }

    private Task OnReturn(object sender, BasicReturnEventArgs returned)
    {
        // The body is the client's, and only during this call.
        _pending.Returned(returned.RoutingKey, WireProperties.Read(returned.BasicProperties).MessageId, returned.Body);
        return Task.CompletedTask;
    }

    private Task OnShutdown(object sender, ShutdownEventArgs reason)
    {
        End(reason);
        return Task.CompletedTask;
    }

    private void End(ShutdownEventArgs? reason)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return;
        }

        if (_isAside)
        {
            var refused = reason is { Initiator: ShutdownInitiator.Peer } && !Session.HasEnded ? ChannelVerdict.Read(reason.ReplyCode, reason.ReplyText)?.Refusal : null;
            _pending.Close(_ => new PublishAnswer(refused is null ? PublishOutcome.Lost : PublishOutcome.RefusedForGood, refused));
            return;
        }

        var only = _pending.Single();
        if (Session.HasEnded || reason is { Initiator: ShutdownInitiator.Library })
        {
            var deadly = _publisher.ConnectionEnded(this, _pending.Count, only);
            _pending.Close(_ => new PublishAnswer(deadly is null ? PublishOutcome.Lost : PublishOutcome.RefusedForGood, deadly));
            return;
        }

        if (reason is not { Initiator: ShutdownInitiator.Peer })
        {
            _pending.Close(PublishOutcome.Lost);
            return;
        }

        // The broker closed this channel alone, because of a message on it.
        var verdict = ChannelVerdict.Read(reason.ReplyCode, reason.ReplyText);
        if (verdict is not null)
        {
            _publisher.Known.Learn(verdict, Session);
        }

        PendingMessage? culprit = null;
        var count = _pending.Close(message =>
        {
            var refusal = verdict?.Of(message.Exchange, message.RoutingKey, message.BodyBytes) ?? (only is null ? null : verdict?.Refusal);
            culprit = refusal is null ? culprit : message;
            return new PublishAnswer(refusal is not null ? PublishOutcome.RefusedForGood : only is null ? PublishOutcome.Lost : PublishOutcome.Refused, refusal);
        });
        _publisher.Interrupted(culprit ?? only, count, ClientFaults.Explain(reason));
    }
}
