using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Sends messages, on the channel of the session there is.</summary>
/// <remarks>
/// A message that the broker does not like, such as one that is too large or has a garbled expiration, makes it close the channel, and what
/// else was unanswered there is sent twice. So bodies that are larger than any that the broker has taken go on a channel of their own, and what
/// it said about sizes and permissions is remembered. Where it does not tell which message it was, they are sent one at a time until either it
/// is found, and refused, or as many as were under suspicion have passed. The same when it is the connection that ends, twice in a row.
/// A channel on which messages are refused is replaced now and then, because that may be the channel's own trouble: on RabbitMQ 3.10 one that
/// first publishes to a quorum queue while the node of its leader is dying refuses everything for that queue for ever.
/// </remarks>
internal sealed class Publisher : IAsyncDisposable
{
    // One a lane and connection; a broker that takes nothing for days must not fill the memory.
    private const int MostAlone = 16;

    private static readonly TimeSpan RefusalLogInterval = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan FirstRefusalPatience = TimeSpan.FromSeconds(1), MaxRefusalPatience = TimeSpan.FromMinutes(1);

    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Sessions _sessions;
    private readonly string _user;
    private readonly PublishLane _main, _large;

    // What the broker does to it is no measure of its health, and holds up nobody.
    private readonly PublishLane _aside;

    // How many messages have to pass alone before they go side by side again.
    private int _suspects;
    private int _lastSuspects;

    // How many connections in a row ended soon with messages unanswered.
    private int _connectionsEnded;

    private long _confirmed;
    private long _refused;

    // How long a channel may refuse messages before it is replaced. Protected by the lock, as is when the last was refused.
    private readonly Lock _refusals = new();

    // The messages that had a lane to themselves when connections ended, since one that had got its answer. Protected by the same lock.
    private readonly HashSet<PendingMessage> _alone = [];
    private TimeSpan _refusalPatience = FirstRefusalPatience;
    private long _lastRefusal;

    private long? _lastRefusalLogged;
    private int _refusalsUnlogged;

    // Protected by the lock above.
    private long? _lastOmissionLogged;
    private int _omissionsUnlogged;

    public Publisher(Sessions sessions, string user, TimeProvider time, ILogger logger)
    {
        (_sessions, _user, _time, _logger) = (sessions, user, time, logger);
        Known = new KnownRefusals(time);
        _main = new PublishLane(sessions, this, () => Volatile.Read(ref _suspects) > 0, time);
        _large = new PublishLane(sessions, this, () => true, time);
        _aside = new PublishLane(sessions, this, () => true, time) { IsAside = true };
    }

    /// <summary>What the broker never takes.</summary>
    public KnownRefusals Known { get; }

    /// <summary>Whether messages wait for an answer or a channel, and how many were confirmed and refused so far.</summary>
    public (bool Waiting, long Confirmed, long Refused) Progress =>
        (_main.IsWaiting || _large.IsWaiting, Interlocked.Read(ref _confirmed), Interlocked.Read(ref _refused));

    /// <summary>How many messages have been sent and not answered.</summary>
    public int Unanswered => _main.Unanswered + _large.Unanswered;

    /// <summary>The time, for measuring.</summary>
    public long Now => _time.GetTimestamp();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask SendAsync(OutgoingMessage message, IPublishListener listener, CancellationToken cancellationToken)
    {
        var lane = message.IsAside ? _aside : Known.MayBeTooLarge(message.Body.Length) ? _large : _main;
        var refusal = TryWrite(message, out var properties) ?? Known.Of(message, _sessions.Current)
            ?? await lane.SendAsync(message, properties!, listener, cancellationToken);
        if (refusal is not null)
        {
            listener.OnRefusedForGood(refusal);
        }
    }

    /// <summary>A listener threw.</summary>
    public void ListenerFailed(Exception exception) => _logger.ListenerFailed(exception);

    /// <summary>Goes on on another channel. What is unanswered on this one is lost, and sent again by whoever sent it.</summary>
    public void RenewChannel()
    {
        _main.Renew();
        _large.Renew();
    }

    /// <summary>Refuses what has been unanswered for long while later messages had their answers: a queue without a leader answers nothing, and
    /// must hold up nobody. To be called at each look.</summary>
    public void GiveUpOverdue()
    {
        if (_main.GiveUpOverdue() + _large.GiveUpOverdue() + _aside.GiveUpOverdue() is > 0 and var count)
        {
            _logger.PublishesOverdue(count);
        }
    }

    /// <summary>The broker has confirmed messages, or returned them.</summary>
    public void Confirmed(int messages) => Interlocked.Add(ref _confirmed, messages);

    /// <summary>The broker has refused messages.</summary>
    public void Refused(PublishChannel channel, int messages)
    {
        Interlocked.Add(ref _refused, messages);
        lock (_refusals)
        {
            if (_time.GetElapsedTime(_lastRefusal) > MaxRefusalPatience)
            {
                _refusalPatience = FirstRefusalPatience;
            }

            _lastRefusal = _time.GetTimestamp();
            if (!channel.IsRetired && _time.GetElapsedTime(channel.Opened) >= _refusalPatience)
            {
                _refusalPatience = _refusalPatience * 2 < MaxRefusalPatience ? _refusalPatience * 2 : MaxRefusalPatience;
                channel.Retire();
                _logger.PublishChannelRetired();
            }
        }
    }

    /// <summary>A channel that sends one at a time had answers.</summary>
    public void Passed(int messages)
    {
        lock (_refusals)
        {
            _alone.Clear();
        }

        if (Volatile.Read(ref _suspects) > 0 && Interlocked.Add(ref _suspects, -messages) <= 0)
        {
            Volatile.Write(ref _lastSuspects, 0);
        }
    }

    /// <summary>Headers of a message found no room in a frame.</summary>
    public void Omitted(OutgoingMessage message, IReadOnlyList<string> names)
    {
        lock (_refusals)
        {
            if (_lastOmissionLogged is { } last && _time.GetElapsedTime(last) < RefusalLogInterval)
            {
                _omissionsUnlogged++;
                return;
            }

            _logger.HeadersOmitted(message.Properties.MessageId, message.RoutingKey, AmqpProperties.Listed(names), _omissionsUnlogged);
            _lastOmissionLogged = _time.GetTimestamp();
            _omissionsUnlogged = 0;
        }
    }

    /// <summary>The broker closed the channel because of a message.</summary>
    /// <param name="culprit">The message, if it is known.</param>
    /// <param name="pending">How many were unanswered.</param>
    /// <param name="reason">What the broker said.</param>
    public void Interrupted(PendingMessage? culprit, int pending, string reason)
    {
        if (culprit is { } message)
        {
            if (_lastRefusalLogged is { } last && _time.GetElapsedTime(last) < RefusalLogInterval)
            {
                _refusalsUnlogged++;
                return;
            }

            _logger.MessageRefused(message.MessageId, message.RoutingKey, reason, _refusalsUnlogged);
            _lastRefusalLogged = _time.GetTimestamp();
            _refusalsUnlogged = 0;
            return;
        }

        // The culprit may be sent again only after the others have passed; so look for longer each time it is not found.
        _lastSuspects = Math.Max(pending, 2 * _lastSuspects);
        Volatile.Write(ref _suspects, _lastSuspects);
        _logger.PublishingInterrupted(pending, reason);
    }

    /// <summary>The connection ended.</summary>
    /// <param name="channel">On which channel.</param>
    /// <param name="pending">How many messages were unanswered.</param>
    /// <param name="only">The message, if it was only one.</param>
    /// <returns>Why that one can never be published, if it is the second connection that ended with nothing else under way.</returns>
    public PublishRefusal? ConnectionEnded(PublishChannel channel, int pending, PendingMessage? only)
    {
        var isShort = SessionBackOff.IsShort(_time.GetElapsedTime(channel.Opened));
        if (channel.OneAtATime && only is { } alone)
        {
            lock (_refusals)
            {
                if (_alone.Count >= MostAlone)
                {
                    _alone.Clear();
                }

                // Sent again at once, it ends a connection of its making soon.
                return !_alone.Add(alone) && isShort
                    ? new PublishRefusal(RefusalKind.Unacceptable, "the connection ended each time that it was published, twice with nothing else under way")
                    : null;
            }
        }

        _connectionsEnded = isShort && pending > 0 ? _connectionsEnded + 1 : 0;
        if (_connectionsEnded >= Quarantine.EndsBeforeAlone)
        {
            Volatile.Write(ref _suspects, Math.Max(pending, Volatile.Read(ref _suspects)));
        }

        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _main.DisposeAsync();
        await _large.DisposeAsync();
        await _aside.DisposeAsync();
    }

    private PublishRefusal? TryWrite(OutgoingMessage message, out MessageProperties? properties)
    {
        try
        {
            properties = AmqpProperties.Write(message.Properties);
            if (message.NamesUser)
            {
                properties = properties with { UserId = _user };
            }

            return null;
        }
        catch (Exception e)
        {
            // Properties are other people's: whatever is in them, it is this message alone that cannot be sent.
            properties = null;
            return new PublishRefusal(RefusalKind.NotEncodable, $"its properties cannot be encoded: {e.Message}");
        }
    }
}
