using System.Security.Cryptography;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Finds a message of a queue that ends the connection each time that it is taken, whatever it is about it that does.</summary>
/// <remarks>
/// The broker gives back what a consumer had when its connection ended, and the consumer would take all of it again, and end the connection
/// again. So what was with it at two short sessions' ends in a row is taken one by one from then on: who is in order gets through.
/// What two sessions end with that had it alone is the culprit: <see cref="Verdict"/>. A session that lasts ends all suspicion.
/// One caller changes it at a time.
/// </remarks>
internal sealed class Quarantine
{
    /// <summary>How long a session has to last before more than one message is taken at a time again.</summary>
    public static readonly TimeSpan Lasts = SessionBackOff.Longest;

    /// <summary>How many short sessions in a row have to end before what they had is taken, or published, one by one.</summary>
    public const int EndsBeforeAlone = 2;

    private const int EndsAloneBeforeVerdict = 2;

    private HashSet<string> _suspects = [];
    private int _ends;
    private int _endsAlone;
    private volatile string? _culprit;
    private volatile bool _isOn;

    /// <summary>Whether messages are taken one by one.</summary>
    public bool IsOn => _isOn;

    /// <summary>How many deliveries a consumer is to get at once that wants so many.</summary>
    public int Limit(int wanted) => IsOn ? Math.Min(wanted, 1) : wanted;

    /// <summary>Takes note that the connection ended.</summary>
    /// <param name="lasted">How long deliveries could come in it.</param>
    /// <param name="unsettled">Those that had come, and were not settled.</param>
    public void SessionEnded(TimeSpan lasted, IReadOnlyCollection<MessageProperties> unsettled)
    {
        if (!SessionBackOff.IsShort(lasted))
        {
            SessionLasts();
        }

        var found = unsettled.Select(Fingerprint).ToHashSet(StringComparer.Ordinal);
        var again = found.Where(_suspects.Contains).ToHashSet(StringComparer.Ordinal);
        (_suspects, _ends) = again.Count > 0 ? (again, _ends + 1) : (found, 1);
        _endsAlone = IsOn && found.Count == 1 ? (again.Count == 1 ? _endsAlone + 1 : 1) : 0;
        if (_endsAlone >= EndsAloneBeforeVerdict)
        {
            _culprit = found.Single();
        }

        _isOn |= _ends >= EndsBeforeAlone && again.Count > 0;
    }

    /// <summary>Takes note that a session has lasted for <see cref="Lasts"/>.</summary>
    public void SessionLasts()
    {
        _isOn = false;
        _culprit = null;
        _suspects = [];
        _ends = _endsAlone = 0;
    }

    /// <summary>Why a message must not be looked at any more, for people, or <see langword="null"/>.</summary>
    /// <param name="redelivered">Whether the broker had handed it out before.</param>
    public string? Verdict(bool redelivered, MessageProperties properties) =>
        redelivered && _culprit is { } culprit && Fingerprint(properties) == culprit
            ? $"the connection ended {EndsBeforeAlone + EndsAloneBeforeVerdict} times while it was being processed, the last {EndsAloneBeforeVerdict} times with nothing else under way"
            : null;

    /// <summary>What a message is known by when it comes again; what the broker counts in its headers is left out.</summary>
    private static string Fingerprint(MessageProperties properties)
    {
        var known = properties.Headers is { } headers
            ? properties with { Headers = headers.Where(header => !HeaderNames.IsForBroker(header.Key)).ToDictionary() }
            : properties;
        return Convert.ToHexString(SHA256.HashData(WireProperties.Write(known)));
    }
}
