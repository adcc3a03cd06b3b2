using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Sends messages, on the channel of the session there is.</summary>
/// <remarks>
/// A message that the broker does not like, such as one with a garbled expiration or one that is too large, makes it close the
/// channel without saying which it was. Then the messages are sent one at a time until either it is found, and refused, or as many
/// as were under suspicion have passed.
/// A channel on which messages are refused is replaced now and then, because that may be the channel's own trouble: on RabbitMQ 3.10 one that
/// first publishes to a quorum queue while the node of its leader is dying refuses everything for that queue for ever.
/// </remarks>
internal sealed class Publisher(Sessions sessions, TimeProvider time, ILogger logger) : IAsyncDisposable
{
    private static readonly TimeSpan RefusalLogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan OpenRetryDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan FirstRefusalPatience = TimeSpan.FromSeconds(1), MaxRefusalPatience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan RetireTimeout = TimeSpan.FromSeconds(2);

    // One sender at a time: messages get their numbers in the order in which they are sent. Whoever waits for room, for the
    // broker to take messages again or for the next session, waits in here, so that all others queue behind.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private volatile PublishChannel? _channel;

    // How many messages have to pass alone before they go side by side again.
    private int _suspects;
    private int _lastSuspects;

    private long _confirmed;
    private long _refused;

    // How long a channel may refuse messages before it is replaced. Protected by the lock, as is when the last was refused.
    private readonly Lock _refusals = new();
    private TimeSpan _refusalPatience = FirstRefusalPatience;
    private long _lastRefusal;

    private volatile bool _isOpening;

    private long? _lastRefusalLogged;
    private int _refusalsUnlogged;

    // Whoever sends is alone in the gate.
    private long? _lastOmissionLogged;
    private int _omissionsUnlogged;

    /// <summary>Whether messages wait for an answer or a channel, and how many were confirmed and refused so far.</summary>
    public (bool Waiting, long Confirmed, long Refused) Progress =>
        (_isOpening || _channel?.IsWaiting == true, Interlocked.Read(ref _confirmed), Interlocked.Read(ref _refused));

    /// <summary>How many messages have been sent and not answered.</summary>
    public int Unanswered => _channel?.Unanswered ?? 0;

    /// <summary>The time, for measuring.</summary>
    public long Now => time.GetTimestamp();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(OutgoingMessage message, IPublishListener listener, CancellationToken cancellationToken)
    {
        var properties = AmqpProperties.Write(message.Properties);
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

                if (await channel.TrySendAsync(message, properties, listener))
                {
                    return;
                }
            }
        }
        finally
        {
            _gate.Release();
        }
    }

    /// <summary>A listener threw.</summary>
    public void ListenerFailed(Exception exception) => logger.ListenerFailed(exception);

    /// <summary>Goes on on another channel. What is unanswered on this one is lost, and sent again by whoever sent it.</summary>
    public void RenewChannel() => _channel?.Abandon();

    /// <summary>The broker has confirmed messages, or returned them.</summary>
    public void Confirmed(int messages) => Interlocked.Add(ref _confirmed, messages);

    /// <summary>The broker has refused messages.</summary>
    public void Refused(PublishChannel channel, int messages)
    {
        Interlocked.Add(ref _refused, messages);
        lock (_refusals)
        {
            if (time.GetElapsedTime(_lastRefusal) > MaxRefusalPatience)
            {
                _refusalPatience = FirstRefusalPatience;
            }

            _lastRefusal = time.GetTimestamp();
            if (!channel.IsRetired && time.GetElapsedTime(channel.Opened) >= _refusalPatience)
            {
                _refusalPatience = _refusalPatience * 2 < MaxRefusalPatience ? _refusalPatience * 2 : MaxRefusalPatience;
                channel.Retire();
                logger.PublishChannelRetired();
            }
        }
    }

    /// <summary>A channel that sends one at a time had answers.</summary>
    public void Passed(int messages)
    {
        if (Interlocked.Add(ref _suspects, -messages) <= 0)
        {
            Volatile.Write(ref _lastSuspects, 0);
        }
    }

    /// <summary>Headers of a message found no room in a frame.</summary>
    public void Omitted(OutgoingMessage message, IReadOnlyList<string> names)
    {
        if (_lastOmissionLogged is { } last && time.GetElapsedTime(last) < RefusalLogInterval)
        {
            _omissionsUnlogged++;
            return;
        }

        logger.HeadersOmitted(message.Properties.MessageId, message.RoutingKey, AmqpProperties.Listed(names), _omissionsUnlogged);
        _lastOmissionLogged = time.GetTimestamp();
        _omissionsUnlogged = 0;
    }

    /// <summary>The broker closed the channel because of a message.</summary>
    /// <param name="culprit">The message, if it is known.</param>
    /// <param name="pending">How many were unanswered.</param>
    /// <param name="reason">What the broker said.</param>
    public void Interrupted((string RoutingKey, string? MessageId)? culprit, int pending, string reason)
    {
        if (culprit is { } message)
        {
            if (_lastRefusalLogged is { } last && time.GetElapsedTime(last) < RefusalLogInterval)
            {
                _refusalsUnlogged++;
                return;
            }

            logger.MessageRefused(message.MessageId, message.RoutingKey, reason, _refusalsUnlogged);
            _lastRefusalLogged = time.GetTimestamp();
            _refusalsUnlogged = 0;
            return;
        }

        // The culprit may be sent again only after the others have passed; so look for longer each time it is not found.
        _lastSuspects = Math.Max(pending, 2 * _lastSuspects);
        Volatile.Write(ref _suspects, _lastSuspects);
        logger.PublishingInterrupted(pending, reason);
    }

    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
        {
            await channel.DisposeAsync();
        }
    }

    private bool IsUsable(PublishChannel channel) =>
        channel.IsOpen && !channel.IsRetired && !channel.Session.IsBlocked && (!channel.OneAtATime || Volatile.Read(ref _suspects) > 0);

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
                return _channel = await PublishChannel.OpenAsync(session, this, Volatile.Read(ref _suspects) > 0, cancellationToken);
            }
            catch (Exception e) when (ClientFaults.IsInterruption(e) && !cancellationToken.IsCancellationRequested)
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
