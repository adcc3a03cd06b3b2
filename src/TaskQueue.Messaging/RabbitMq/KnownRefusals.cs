namespace TaskQueue.Messaging.RabbitMq;

/// <summary>What the broker has said about messages that it never takes, so that each kind closes one channel and not one for each message.</summary>
/// <remarks>May be used from several threads.</remarks>
internal sealed class KnownRefusals(TimeProvider time)
{
    /// <summary>A body up to this size is sent beside others though none as large has been confirmed yet.</summary>
    private const int SurelyTaken = 256 * 1024;

    // Permissions are given and taken away while we run.
    private static readonly TimeSpan Remembered = TimeSpan.FromSeconds(5);

    // Far more than the exchanges that we publish on.
    private const int MostForbidden = 100;

    // Protects everything below. Sizes are those of one connection: the next may be to another node.
    private readonly Lock _lock = new();
    private readonly List<(ChannelVerdict Verdict, long Since)> _forbidden = [];
    private Session? _session;
    private ChannelVerdict? _size;
    private int _largestTaken = SurelyTaken;
    private volatile bool _knowsAny;

    /// <summary>Looks whether a message is known to be refused.</summary>
    /// <returns>Why, or <see langword="null"/>.</returns>
    public PublishRefusal? Of(OutgoingMessage message, Session? session)
    {
        if (!_knowsAny)
        {
            return null;
        }

        lock (_lock)
        {
            if (_size is not null && session == _session && _size.Of(message.Exchange, message.RoutingKey, message.Body.Length) is { } tooLarge)
            {
                return tooLarge;
            }

            if (_forbidden.Count > 0)
            {
                _forbidden.RemoveAll(known => time.GetElapsedTime(known.Since) > Remembered);
            }

            foreach (var (verdict, _) in _forbidden)
            {
                if (verdict.Of(message.Exchange, message.RoutingKey, message.Body.Length) is { } forbidden)
                {
                    return forbidden;
                }
            }

            return null;
        }
    }

    /// <summary>Whether a body is so large that the broker may close the channel because of it.</summary>
    public bool MayBeTooLarge(int bodyBytes) => bodyBytes > Volatile.Read(ref _largestTaken);

    /// <summary>Takes note of what the broker said.</summary>
    public void Learn(ChannelVerdict verdict, Session session)
    {
        lock (_lock)
        {
            if (verdict.Kind == RefusalKind.TooLarge)
            {
                IsOf(session);
                _size = verdict;
            }
            else if (verdict is { Kind: RefusalKind.NotPermitted, Exchange: not null } && _forbidden.Count < MostForbidden)
            {
                _forbidden.Add((verdict, time.GetTimestamp()));
            }

            _knowsAny = true;
        }
    }

    /// <summary>Takes note of a large body that the broker took.</summary>
    public void Taken(int bodyBytes, Session session)
    {
        lock (_lock)
        {
            IsOf(session);
            _largestTaken = Math.Max(_largestTaken, bodyBytes);
        }
    }

    private void IsOf(Session session)
    {
        if (_session != session)
        {
            (_session, _size, _largestTaken) = (session, null, SurelyTaken);
        }
    }
}
