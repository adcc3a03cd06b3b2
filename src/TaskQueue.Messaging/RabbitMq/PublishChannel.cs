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

    private readonly IChannel _channel;
    private readonly PendingPublishes _pending;
    private readonly Publisher _publisher;
    private readonly CancellationTokenRegistration _sessionEnded;
    private int _ended;
    private volatile bool _isRetired;

    private PublishChannel(Session session, IChannel channel, Publisher publisher, bool oneAtATime)
    {
        Session = session;
        _channel = channel;
        _publisher = publisher;
        _pending = new PendingPublishes(oneAtATime ? 1 : MaxPending, MaxPendingBodyBytes, publisher.ListenerFailed);
        OneAtATime = oneAtATime;
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

    public static async Task<PublishChannel> OpenAsync(Session session, Publisher publisher, bool oneAtATime, CancellationToken cancellationToken) =>
        new(session, await session.PublishingConnection.CreateChannelAsync(WithConfirms, cancellationToken), publisher, oneAtATime);

    /// <summary>Waits until a message fits, or the channel is over.</summary>
    public Task WhenRoomFor(int bodyBytes) => _pending.WhenRoomFor(bodyBytes);

    /// <summary>Sends a message.</summary>
    /// <returns><see langword="false"/> when the channel ended before, so that another one must send it.</returns>
    public async ValueTask<bool> TrySendAsync(OutgoingMessage message, MessageProperties properties, IPublishListener listener)
    {
        var bytes = AmqpProperties.Encode(properties, Session.PublishingConnection.FrameMax, message.KeepsHeaders, out var omitted);
        if (omitted.Count > 0)
        {
            _publisher.Omitted(message, omitted);
        }

        var number = _pending.Add(listener, message.RoutingKey, properties.MessageId, message.Body.Length);
        if (number == 0)
        {
            return false;
        }

        try
        {
            // Once begun it is not for the caller to cancel: half a message is none.
            await _channel.BasicPublishAsync(message.Exchange, message.RoutingKey, mandatory: !AmqpProperties.IsDirectReply(message.RoutingKey), WireProperties.Carry(bytes), message.Body, Session.EndedToken);
            return true;
        }
        catch (Exception) when (_channel.IsOpen && !Session.HasEnded)
        {
            // The message cannot be put in frames, for example because its routing key is too long.
            _pending.TakeBack(number);
            throw;
        }
        catch (Exception)
        {
            // The channel ended, before or after it had the message in its hands.
            return !_pending.TakeBack(number);
        }
    }

    /// <summary>Has it take nothing more.</summary>
    public void Retire() => _isRetired = true;

    /// <summary>Waits until everything is answered, or it is over.</summary>
    public Task WhenEmpty() => _pending.WhenEmpty();

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

        if (reason is not { Initiator: ShutdownInitiator.Peer } || Session.HasEnded)
        {
            _pending.Close(PublishOutcome.Lost);
            return;
        }

        // The broker closed this channel alone, because of a message on it.
        var culprit = _pending.Single();
        var count = _pending.Close(culprit is null ? PublishOutcome.Lost : PublishOutcome.Refused);
        _publisher.Interrupted(culprit, count, ClientFaults.Explain(reason));
    }
}
