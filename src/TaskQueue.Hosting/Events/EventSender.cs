using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Hosting.Events;

/// <summary>Tells what a service has seen of tasks, many events in one message, on <see cref="QueueNames.Events"/>; while nobody listens there, it only asks now and then.</summary>
/// <remarks>One message is under way at a time, beside all others (<see cref="OutgoingMessage.IsAside"/>), and sent again until the broker has it: what the broker does to
/// it costs events, never tasks.</remarks>
public sealed class EventSender : IAsyncDisposable
{
    private const int MostEvents = 2_000;
    private const long MostWeight = 4 * 1024 * 1024;

    // Nobody listens on most systems; where somebody begins to, waiting for that is worth no more.
    private static readonly TimeSpan ProbeInterval = TimeSpan.FromSeconds(5), ForbiddenInterval = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(1), AnswerTimeout = TimeSpan.FromSeconds(30), LastMoments = TimeSpan.FromSeconds(2), CountInterval = TimeSpan.FromMinutes(1);

    private readonly TaskEventLog _log;
    private readonly ServiceIdentity _identity;
    private readonly EventSource _source;
    private readonly DateTimeOffset _started;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new(), _giveUp = new();
    private readonly Task _loop;
    private IBroker? _declaredAt;
    private DateTimeOffset? _quietSince;
    private DateTimeOffset _minute;
    private int _isDisposed;
    private bool _isForbidden;
    private string? _told;
    private EventBatch? _unanswered;

    private EventSender(TaskEventLog log, ServiceIdentity identity, EventSource source, TimeProvider time, ILogger logger)
    {
        (_log, _identity, _source, _time, _logger) = (log, identity, source, time, logger);
        log.Rate = source.Rate();
        _minute = _started = time.GetUtcNow();

        // As if somebody listened, until the answer is there: what happens in the first moments would be missed else.
        log.TurnOn();
        _unanswered = Batch(log.Take(0, 0));
        _loop = RunAsync(_stop.Token);
    }

    /// <summary>Begins to tell.</summary>
    /// <param name="log">What is told.</param>
    /// <param name="identity">Who tells it.</param>
    /// <param name="source">What else the service has.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">The log of the service.</param>
    /// <returns>The sender; disposing of it tells what is left, for a moment.</returns>
    public static EventSender Start(TaskEventLog log, ServiceIdentity identity, EventSource source, TimeProvider time, ILogger logger)
    {
        ArgumentNullException.ThrowIfNull(log);
        ArgumentNullException.ThrowIfNull(identity);
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(time);
        return new EventSender(log, identity, source, time, logger);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 1)
        {
            return;
        }

        _giveUp.CancelAfter(LastMoments);
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
        _giveUp.Dispose();
    }

    private async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await (_log.IsOn ? TellAsync(stop) : ProbeAsync(stop));
            }
            catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
            {
                // The edge of the loop: whatever went wrong with one message, the next may pass.
                Say(e.Message);
                await Task.Delay(RetryDelay, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (OperationCanceledException)
            {
                // As asked.
            }
        }

        await FinishAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    /// <summary>Asks whether somebody listens: a message without events comes back unless a queue is bound.</summary>
    private async Task ProbeAsync(CancellationToken stop)
    {
        await Task.Delay(_isForbidden ? ForbiddenInterval : ProbeInterval, _time, stop);
        var answer = await TrySendAsync(Batch(_log.Take(0, 0)), stop);
        if (answer?.Outcome == PublishOutcome.Confirmed)
        {
            _minute = _time.GetUtcNow();
            _source.Counts(_minute);
            _log.TurnOn();
            _logger.EventsWanted();
            (_quietSince, _told) = (null, null);
        }

        _isForbidden = answer?.Refusal?.Kind == RefusalKind.NotPermitted;
    }

    private async Task TellAsync(CancellationToken stop)
    {
        if (_unanswered is null)
        {
            await WaitAsync(stop);
            Count();
            var taken = _log.Take(MostEvents, MostWeight);
            if (taken is { Events.Count: 0, Lost: 0 })
            {
                return;
            }

            _unanswered = Batch(taken);
        }

        await SendUnansweredAsync(stop);
    }

    private async Task SendUnansweredAsync(CancellationToken stop)
    {
        var answer = await TrySendAsync(_unanswered! with { Sent = Now() }, stop);
        switch (answer)
        {
            case { Outcome: PublishOutcome.Confirmed }:
                (_unanswered, _told) = (null, null);
                break;
            case { Outcome: PublishOutcome.Returned } or { Refusal.Kind: RefusalKind.NotPermitted }:
                _unanswered = null;
                _isForbidden = answer.Value.Refusal is not null;
                _quietSince = _time.GetUtcNow();
                _log.TurnOff();
                _logger.EventsNotWanted();
                break;
            case { Outcome: PublishOutcome.RefusedForGood, Refusal.Kind: not RefusalKind.NoExchange }:
                // It would be refused each time; its numbers never come, which tells that it is lost.
                _unanswered = null;
                break;
            default:
                await Task.Delay(RetryDelay, _time, stop);
                break;
        }
    }

    /// <summary>Waits until there is something to tell, but for no longer than until the counts of the minute are.</summary>
    private async Task WaitAsync(CancellationToken stop)
    {
        var left = _minute + CountInterval - _time.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
            await Task.WhenAny(_log.WhenFilled, Task.Delay(left < CountInterval ? left : CountInterval, _time, enough.Token));
            await enough.CancelAsync();
        }

        // More will come, which makes one message with it.
        await Task.Delay(TaskEventLog.Tick, _time, stop);
    }

    private void Count()
    {
        _log.Rate = _source.Rate();
        var now = _time.GetUtcNow();

        // A clock that was set back begins a minute, too.
        if (now - _minute >= CountInterval || now < _minute)
        {
            foreach (var counts in _source.Counts(_minute))
            {
                _log.Add(counts);
            }

            _minute = now;
        }
    }

    /// <summary>Tells what is left, and that there will be no more.</summary>
    private async Task FinishAsync()
    {
        if (!_log.IsOn)
        {
            return;
        }

        foreach (var counts in _source.Counts(_minute))
        {
            _log.Add(counts);
        }

        for (var isMore = true; isMore && !_giveUp.IsCancellationRequested;)
        {
            if (_unanswered is null)
            {
                var taken = _log.Take(MostEvents, MostWeight);
                isMore = taken.IsMoreLeft;
                _unanswered = Batch(taken) with { Ends = !isMore };
            }

            await SendUnansweredAsync(_giveUp.Token);
            isMore = (isMore || _unanswered is not null) && _log.IsOn;
        }
    }

    private long Now() => _time.GetUtcNow().ToUnixTimeMilliseconds();

    private EventBatch Batch(TakenEvents taken) => new(_identity.Id, taken.First)
    {
        Service = _identity.Kind,
        Host = _identity.Host,
        Pid = _identity.Pid,
        Started = _started.ToUnixTimeMilliseconds(),
        Sent = Now(),
        Share = taken.Share,
        Lost = taken.Lost,
        QuietSince = _quietSince?.ToUnixTimeMilliseconds(),
        Events = taken.Events,
    };

    /// <returns>What became of it, if it could be sent in time; only one that is sent again tells whether it arrived.</returns>
    private async Task<PublishAnswer?> TrySendAsync(EventBatch batch, CancellationToken stop)
    {
        if (_source.Destination() is not var (broker, names) || broker.Health.Condition == BrokerCondition.Disconnected)
        {
            return null;
        }

        using var deadline = new CancellationTokenSource(AnswerTimeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, stop);
        try
        {
            if (_declaredAt != broker)
            {
                await broker.DeclareExchangeAsync(names.Events, either.Token);
                _declaredAt = broker;
            }

            var properties = new MessageProperties { ContentType = EventBatch.ContentType, MessageId = $"{batch.Source}/{batch.First}" };
            var answer = await broker.PublishForAnswerAsync(new OutgoingMessage("", properties, batch.ToBody()) { Exchange = names.Events, IsAside = true }, either.Token);
            if (answer.Refusal is { } refusal)
            {
                // It may have been deleted.
                _declaredAt = null;
                Say(refusal.Reason);
            }

            return answer;
        }
        catch (BrokerRefusedException e)
        {
            Say(e.Message);
            return new PublishAnswer(PublishOutcome.RefusedForGood, new PublishRefusal(RefusalKind.NotPermitted, e.Message));
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            return null;
        }
    }

    // Once for each reason: it is tried again and again.
    private void Say(string reason)
    {
        if (_told != reason)
        {
            _told = reason;
            _logger.EventsNotSent(Sentence.Part(reason));
        }
    }
}
