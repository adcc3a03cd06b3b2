using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.RabbitMq.Progress;

/// <summary>Something that ought to make progress: a queue with idle consumers, or publishing.</summary>
/// <param name="name">What it is, for people.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">Where to log.</param>
internal sealed class Watched(string name, TimeProvider time, ILogger logger)
{
    private readonly Escalation _escalation = new();
    private long _lastProgress = time.GetTimestamp();
    private DateTimeOffset _lastProgressAt = time.GetUtcNow();
    private volatile BrokerHealth _health = BrokerHealth.Healthy;

    /// <summary>Whether it stalls for good.</summary>
    public BrokerHealth Health => _health;

    /// <summary>Whether something has been done about it that has not helped so far.</summary>
    public bool IsInTrouble => _escalation.IsInTrouble;

    /// <summary>There was progress, or none was to be expected.</summary>
    public void Progressed()
    {
        if (_escalation.Next(progress: true) == Remedy.Recovered)
        {
            logger.ProgressAgain(name, time.GetElapsedTime(_lastProgress).TotalSeconds);
            _health = BrokerHealth.Healthy;
        }

        _lastProgress = time.GetTimestamp();
        _lastProgressAt = time.GetUtcNow();
    }

    /// <summary>There was no progress since the last look, though there ought to be.</summary>
    /// <param name="reason">What was seen.</param>
    /// <param name="renewChannel">Has it go on on another channel.</param>
    /// <param name="session">The session that this happens in.</param>
    /// <param name="brokerAnswers">Whether the broker itself said why, so that another connection cannot help.</param>
    public void Stalled(string reason, Action renewChannel, Session session, bool brokerAnswers = false)
    {
        switch (_escalation.Next(progress: false))
        {
            case Remedy.NewChannel:
                logger.NoProgress(name, reason, time.GetElapsedTime(_lastProgress).TotalSeconds);
                renewChannel();
                break;
            case Remedy.NewConnection:
                if (!brokerAnswers)
                {
                    session.Abandon($"{name} makes no progress on a new channel either: {reason}");
                }

                break;
            case Remedy.ReportStalled:
                logger.StillNoProgress(name, reason, time.GetElapsedTime(_lastProgress).TotalSeconds);
                _health = new BrokerHealth(BrokerCondition.Stalled, $"{name} makes no progress: {reason}", _lastProgressAt);
                break;
            case Remedy.NewChannelAgain:
                renewChannel();
                break;
        }
    }
}
