using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Messaging.RabbitMq.Progress;

/// <summary>Sees to it that being connected means getting on: finds queues whose consumers wait beside waiting messages, and publishing
/// that is never answered, and does something about it.</summary>
/// <remarks>A queue is looked at only when none of its consumers had a delivery since the last look, once for all of them. The look may hang
/// as well; then that is what was seen, and the next round begins behind the queue that hung.</remarks>
internal sealed class ProgressWatch : IAsyncDisposable
{
    private readonly Sessions _sessions;
    private readonly Publisher _publisher;
    private readonly Func<QueueSubscriptions[]> _queues;
    private readonly TimeSpan _interval;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Watched _publishing;
    private readonly CancellationTokenSource _stop = new();
    private Task? _loop;
    private long _confirmed;
    private long _refused;
    private int _firstQueue;

    public ProgressWatch(
        Sessions sessions, Publisher publisher, Func<QueueSubscriptions[]> queues, TimeSpan interval, TimeProvider time, ILogger logger)
    {
        _sessions = sessions;
        _publisher = publisher;
        _queues = queues;
        _interval = interval;
        _time = time;
        _logger = logger;
        _publishing = new Watched("Publishing", time, logger);
    }

    /// <summary>What stalls, if anything does.</summary>
    public BrokerHealth Health => _publishing.Health.IsHealthy
        ? Array.Find(_queues(), queue => !queue.Watched.Health.IsHealthy)?.Watched.Health ?? BrokerHealth.Healthy
        : _publishing.Health;

    /// <summary>Begins to watch. Later calls do nothing.</summary>
    public void Start() => _loop ??= Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null)
        {
            await _loop;
        }

        _stop.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(_interval, _time);
        try
        {
            while (await timer.WaitForNextTickAsync(stop))
            {
                try
                {
                    await LookAsync(stop);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
                {
                    // The edge of the loop: a look that fails must not be the last.
                    _logger.LookFailed(e);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed of.
        }
    }

    private async Task LookAsync(CancellationToken stop)
    {
        if (_sessions.Current is not { } session)
        {
            // That has its own line in the log, and its own health.
            return;
        }

        LookAtPublishing(session);
        var queues = _queues();
        for (var i = 0; i < queues.Length && !session.HasEnded; i++)
        {
            var number = (_firstQueue + i) % queues.Length;
            if (!await LookAtAsync(queues[number], session, stop))
            {
                _firstQueue = number + 1;
                return;
            }
        }
    }

    private void LookAtPublishing(Session session)
    {
        _publisher.GiveUpOverdue();
        var (waiting, confirmed, refused) = _publisher.Progress;
        var (wereConfirmed, wereRefused) = (confirmed != _confirmed, refused != _refused);
        (_confirmed, _refused) = (confirmed, refused);
        if (wereConfirmed || (!waiting && !wereRefused && !_publishing.IsInTrouble))
        {
            _publishing.Progressed();
        }
        else if (wereRefused)
        {
            _publishing.Stalled("the broker refuses every message", _publisher.RenewChannel, session, brokerAnswers: true);
        }
        else if (waiting && !session.IsBlocked)
        {
            _publishing.Stalled("the broker answers none of the messages that were sent to it", _publisher.RenewChannel, session);
        }
    }

    /// <returns>Whether the broker answered.</returns>
    private async Task<bool> LookAtAsync(QueueSubscriptions queue, Session session, CancellationToken stop)
    {
        var before = queue.Progress;
        if (!before.HasRoom || before.Deliveries != queue.DeliveriesAtLastLook)
        {
            queue.DeliveriesAtLastLook = before.Deliveries;
            queue.Watched.Progressed();
            return true;
        }

        if (before.Trouble is { } trouble)
        {
            queue.Watched.Stalled($"it cannot be subscribed to: {trouble.Reason}", queue.RenewChannel, session, trouble.BrokerAnswers);
            return true;
        }

        using var deadline = new CancellationTokenSource(_interval, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        try
        {
            var state = await session.Watching.RunAsync((channel, c) => channel.QueueDeclarePassiveAsync(queue.Name, c), giveUp.Token);
            if (state.MessageCount == 0 || queue.Progress.Deliveries != before.Deliveries)
            {
                queue.Watched.Progressed();
            }
            else
            {
                queue.Watched.Stalled($"messages wait ({state.MessageCount}) beside consumers that have room", queue.RenewChannel, session);
            }

            return true;
        }
        catch (OperationInterruptedException e) when (ClientFaults.ReplyCode(e) is not null && !session.HasEnded)
        {
            // For example because it was deleted, and the broker did not say so.
            queue.Watched.Stalled(ClientFaults.Explain(e), queue.RenewChannel, session);
            return true;
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e) && !stop.IsCancellationRequested && !session.HasEnded)
        {
            queue.Watched.Stalled($"the broker says nothing about it within {_interval}", queue.RenewChannel, session);
            return false;
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e) && session.HasEnded)
        {
            return true;
        }
    }
}
