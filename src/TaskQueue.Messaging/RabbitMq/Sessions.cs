using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Keeps a session open: connects, waits until it ends, connects again. The only place that does.</summary>
internal sealed class Sessions : IAsyncDisposable
{
    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100), MaxDelay = TimeSpan.FromSeconds(5);

    private readonly Connector _connector;
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

    // Touched by the loop alone.
    private long? _troubleSince;
    private bool _hadSession;

    public Sessions(Connector connector, TimeProvider time, ILogger logger)
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
                var session = await _retries.ExecuteAsync(async cancellation => await _connector.ConnectAsync(OnEnd, cancellation), stop);
                Begin(session);
                try
                {
                    var reason = await session.Ended.WaitAsync(stop);
                    _troubleSince = _time.GetTimestamp();
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
        if (_troubleSince is { } since)
        {
            _logger.ConnectedAgain(session.Host, session.BrokerVersion, _time.GetElapsedTime(since));
        }
        else
        {
            _logger.Connected(session.Host, session.BrokerVersion);
        }

        _troubleSince = null;
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
        if (_troubleSince is null)
        {
            _troubleSince = _time.GetTimestamp();
            _logger.Unreachable(exception.Message);
        }
        else
        {
            _logger.StillUnreachable(exception.Message);
        }
    }
}
