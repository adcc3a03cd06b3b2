namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A channel to publish on, of the session there is; another one takes its place when it ends.</summary>
/// <param name="sessions">Keeps the session.</param>
/// <param name="publisher">Whose it is.</param>
/// <param name="isOneAtATime">Whether each message has to wait for the answer to the one before.</param>
/// <param name="time">The clock.</param>
internal sealed class PublishLane(Sessions sessions, Publisher publisher, Func<bool> isOneAtATime, TimeProvider time) : IAsyncDisposable
{
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(100), RetireTimeout = TimeSpan.FromSeconds(2);

    // One sender at a time: messages get their numbers in the order in which they are sent. Whoever waits for room, for the
    // broker to take messages again or for the next session, waits in here, so that all others queue behind.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile PublishChannel? _channel;
    private volatile bool _isOpening;

    /// <summary>Whether its messages go beside all others, see <see cref="OutgoingMessage.IsAside"/>.</summary>
    public bool IsAside { get; init; }

    /// <summary>Whether messages wait for an answer or a channel.</summary>
    public bool IsWaiting => _isOpening || _channel?.IsWaiting == true;

    /// <summary>How many messages have been sent and not answered.</summary>
    public int Unanswered => _channel?.Unanswered ?? 0;

    /// <summary>Sends a message, unless it is known that the broker never takes it.</summary>
    /// <returns>Why not; then its listener is not called.</returns>
    public async ValueTask<PublishRefusal?> SendAsync(
        OutgoingMessage message, MessageProperties properties, IPublishListener listener, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            while (true)
            {
                var channel = _channel;
                if (channel is null || !IsUsable(channel))
                {
                    channel = await OpenAsync(cancellationToken);
                }

                var room = channel.WhenRoomFor(message.Body.Length);
                if (!room.IsCompleted)
                {
                    await room.WaitAsync(cancellationToken);
                    continue;
                }

                // Only now: what was sent before may have taught us.
                if (publisher.Known.Of(message, channel.Session) is { } refusal)
                {
                    return refusal;
                }

                switch (await channel.TrySendAsync(message, properties, listener))
                {
                    case (true, _):
                        return null;
                    case (false, { } impossible):
                        return impossible;
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>Goes on on another channel. What is unanswered on this one is lost, and sent again by whoever sent it.</summary>
    public void Renew() => _channel?.Abandon();

    /// <summary>Refuses what has been unanswered for long while later messages had their answers.</summary>
    /// <returns>How many messages that were.</returns>
    public int GiveUpOverdue() => _channel?.GiveUpOverdue() ?? 0;

    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
        {
            await channel.DisposeAsync();
        }
    }

    private bool IsUsable(PublishChannel channel) =>
        channel.IsOpen && !channel.IsRetired && !channel.Session.IsBlocked && (!channel.OneAtATime || isOneAtATime());

    private async Task<PublishChannel> OpenAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var session = await sessions.CurrentAsync(cancellationToken);
            if (session.IsBlocked)
            {
                await session.WhenUnblockedAsync(cancellationToken);
                continue;
            }

            if (_channel is { } open && open.Session == session && IsUsable(open))
            {
                return open;
            }

            if (_channel is { } old)
            {
                await WhenAnsweredAsync(old, cancellationToken);
                _channel = null;
                await old.DisposeAsync();
            }

            _isOpening = true;
            try
            {
                return _channel = await PublishChannel.OpenAsync(session, publisher, isOneAtATime(), IsAside, cancellationToken);
            }
            catch (Exception e) when (ClientFaults.IsInterruptionNotBy(e, cancellationToken))
            {
                // Most likely the session ended; if the broker would only not open a channel, it needs a moment.
                await Task.Delay(OpenRetryDelay, time, cancellationToken);
            }
            finally
            {
                _isOpening = false;
            }
        }
    }

    private async Task WhenAnsweredAsync(PublishChannel old, CancellationToken cancellationToken)
    {
        try
        {
            // What is unanswered when it closes would be sent twice.
            await old.WhenEmpty().WaitAsync(old.IsRetired ? RetireTimeout : Timeout.InfiniteTimeSpan, time, cancellationToken);
        }
        catch (TimeoutException)
        {
            // The broker answers some of it late or never; that must not hold up all other messages.
        }
    }
}
