using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Tells the <see cref="RabbitMq.Quarantine"/> of a queue how its channels come and go, and people when it begins and ends. One caller.</summary>
internal sealed class QuarantineWatch(string queue, TimeProvider time, ILogger logger)
{
    private long _opened;
    private Task _lasting = Task.CompletedTask;
    private (Session Session, TimeSpan Lasted, IReadOnlyList<MessageProperties> Unsettled)? _last;

    public Quarantine Quarantine { get; } = new();

    /// <summary>A channel is given up, whatever the reason.</summary>
    public void Closed(SubscribedChannel channel) => _last = (channel.Session, time.GetElapsedTime(_opened), channel.Unsettled());

    /// <summary>Another one is about to be opened: was it the connection of the last that ended, with what in hand?</summary>
    public void Judge(Session session)
    {
        if (_last is { } last && last.Session != session)
        {
            var wasOn = Quarantine.IsOn;
            Quarantine.SessionEnded(last.Lasted, last.Unsettled);
            if (Quarantine.IsOn && !wasOn)
            {
                logger.QuarantineBegan(queue);
            }
        }

        _last = null;
    }

    /// <summary>It is open.</summary>
    /// <param name="onLasting">Called when the session has lasted, if that changes anything; then <see cref="EndIfItLasts"/> is to be called.</param>
    /// <param name="stop">It is not to be called any more.</param>
    public void Opened(Action onLasting, CancellationToken stop)
    {
        _opened = time.GetTimestamp();
        if (Quarantine.IsOn)
        {
            _lasting = Task.Delay(Quarantine.Lasts, time, stop);
            _ = _lasting.ContinueWith(_ => onLasting(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
    }

    /// <summary>Ends the quarantine when the session has lasted.</summary>
    public void EndIfItLasts()
    {
        if (Quarantine.IsOn && _lasting.IsCompletedSuccessfully)
        {
            Quarantine.SessionLasts();
            logger.QuarantineEnded(queue);
        }
    }
}
