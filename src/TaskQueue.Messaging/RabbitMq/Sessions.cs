using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Keeps a session open: connects, waits until it ends, connects again. The only place that does.</summary>
internal sealed class Sessions : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = SessionBackOff.First, MaxDelay = SessionBackOff.Longest;

    private readonly SessionConnector _connector;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ResiliencePipeline<Session> _retries;
    private readonly CancellationTokenSource _stop = new();
    private readonly TaskCompletionSource _first = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();

    // Guarded by the lock for changes: the session, or the promise of the next one.
    private volatile TaskCompletionSource<Session> _next = NewPromise();
    private volatile Session? _current;
    private Task? _loop;

    // Changed by the loop alone.
    private volatile Outage? _outage;
    private bool _hadSession;
    private int _shortSessions;

    public Sessions(SessionConnector connector, TimeProvider time, ILogger logger)
    {
        _connector = connector;
        _time = time;
        _logger = logger;
        _retries = new ResiliencePipelineBuilder<Session> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<Session>
            {
                MaxRetryAttempts = int.MaxValue,
                BackoffType = DelayBackoffType.Exponential,
                Delay = FirstDelay,
                MaxDelay = MaxDelay,
                UseJitter = true,
                ShouldHandle = args => ValueTask.FromResult(
                    args.Outcome.Exception is { } e and not OperationCanceledException && (_hadSession || e is not BrokerRefusedException)),
                OnRetry = args =>
                {
                    Trouble(args.Outcome.Exception!);
                    return default;
                },
            })
            .Build();
    }

    /// <summary>Raised when a session begins, in the loop that keeps them: do little.</summary>
    public event EventHandler? Began;

    /// <summary>The session, if there is one right now.</summary>
    public Session? Current => _current;

    /// <summary>Whether there is a session, and if not, since when and why.</summary>
    public BrokerHealth Health => _current is not null
        ? BrokerHealth.Healthy
        : _outage is { } outage
            ? new BrokerHealth(BrokerCondition.Disconnected, outage.Reason, outage.Since)
            : new BrokerHealth(BrokerCondition.Disconnected, "no connection yet", _time.GetUtcNow());

    /// <summary>Starts to connect, and waits for the first session.</summary>
    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, typeof(RabbitMqBroker));
            _loop ??= Task.Run(() => RunAsync(_stop.Token), CancellationToken.None);
        }

        await _first.Task.WaitAsync(cancellationToken);
    }

    /// <summary>The session, or the next one as soon as there is one.</summary>
    /// <exception cref="ObjectDisposedException">There will be none.</exception>
    public ValueTask<Session> CurrentAsync(CancellationToken cancellationToken) =>
        _current is { } current ? new(current) : new(_next.Task.WaitAsync(cancellationToken));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        if (_loop is not null)
        {
            await _loop;
        }

        GiveUp(new ObjectDisposedException(nameof(RabbitMqBroker)));
    }

    private static TaskCompletionSource<Session> NewPromise() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private async Task RunAsync(CancellationToken stop)
    {
        var closing = Task.CompletedTask;
        try
        {
            while (true)
            {
                await Task.Delay(SessionBackOff.Delay(_shortSessions), _time, stop);
                var session = await _retries.ExecuteAsync(async cancellation => await _connector.ConnectAsync(OnEnd, cancellation), stop);
                Begin(session);
                var began = _time.GetTimestamp();
                try
                {
                    var reason = await session.Ended.WaitAsync(stop);
                    _shortSessions = SessionBackOff.IsShort(_time.GetElapsedTime(began)) ? _shortSessions + 1 : 0;
                    _outage = NewOutage($"the connection to {session.Host} ended: {reason}");
                    _logger.ConnectionLost(session.Host, reason);
                }
                finally
                {
                    // Beside the next attempt: what is left of a broken connection may take its time.
                    await closing;
                    closing = session.DisposeAsync().AsTask();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Disposed of.
        }
        catch (Exception e)
        {
            // A refusal at the very first attempt; everything else is tried again. Whoever waits hears of it.
            _first.TrySetException(e);
            GiveUp(e);
        }

        await closing;
    }

    private void Begin(Session session)
    {
        if (_outage is { } outage)
        {
            _logger.ConnectedAgain(session.Host, session.BrokerProduct, session.BrokerVersion, _time.GetElapsedTime(outage.Began).TotalSeconds);
        }
        else
        {
            _logger.Connected(session.Host, session.BrokerProduct, session.BrokerVersion);
        }

        _outage = null;
        _hadSession = true;
        lock (_lock)
        {
            if (session.HasEnded)
            {
                return;
            }

            _current = session;
            _next.TrySetResult(session);
        }

        _first.TrySetResult();
        Began?.Invoke(this, EventArgs.Empty);
    }

    private void OnEnd(Session session)
    {
        lock (_lock)
        {
            if (_current == session)
            {
                _current = null;
                _next = NewPromise();
            }
        }
    }

    private void GiveUp(Exception reason)
    {
        lock (_lock)
        {
            _current = null;
            if (_next.Task.IsCompleted)
            {
                _next = NewPromise();
            }

            _next.TrySetException(reason);
        }

        // Nobody may be waiting; that is no reason to report it as unobserved.
        _ = _next.Task.Exception;
        _first.TrySetException(reason);
        _ = _first.Task.Exception;
    }

    private void Trouble(Exception exception)
    {
        var known = _outage;
        var refused = exception is BrokerRefusedException;
        if (refused && known is not { Refused: true })
        {
            // After an end of the connection that healed would need no line more; this needs a person.
            _logger.RefusedMeanwhile(Sentence.Whole(exception.Message));
        }
        else if (known is null)
        {
            _logger.Unreachable(exception.Message);
        }
        else
        {
            _logger.StillUnreachable(exception.Message);
        }

        _outage = (known ?? NewOutage("")) with { Reason = exception.Message, Refused = refused || known?.Refused == true };
    }

    private Outage NewOutage(string reason) => new(_time.GetTimestamp(), _time.GetUtcNow(), reason, Refused: false);

    /// <summary>From the end of one session, or the first failure, to the next session.</summary>
    /// <param name="Began">When, for measuring.</param>
    /// <param name="Since">When, for people.</param>
    /// <param name="Reason">The latest.</param>
    /// <param name="Refused">Whether the broker has answered meanwhile, and would not have us.</param>
    private sealed record Outage(long Began, DateTimeOffset Since, string Reason, bool Refused);
}
