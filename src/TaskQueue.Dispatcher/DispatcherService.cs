using System.Runtime.ExceptionServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Dispatcher.Events;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Events;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Dispatcher;

/// <summary>The dispatcher: one session that dispatches, and with each new configuration another, which takes its place once it has proved to work.</summary>
internal sealed class DispatcherService(ServiceContext context)
{
    private const string Superseded = "a newer one took its place";

    // How long a session that goes waits for an answer that is to go out over it.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(2);

    private readonly ILogger _logger = context.Logging.CreateLogger<DispatcherService>();

    // These outlive a session.
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ServiceIdentity _identity = ServiceIdentity.New("dispatcher");
    private readonly ReloadState _reload = new();
    private readonly TaskEventLog _events = new(TimeProvider.System);
    private int _earlierConnections;

    // The newest configuration that somebody wants; an older one that nobody has begun is worth nothing.
    private readonly Channel<Wish> _wanted =
        Channel.CreateBounded<Wish>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest }, wish => wish.Refused(Superseded));

    private DispatchSession? _current;
    private Task _retiring = Task.CompletedTask;

    public static Task RunAsync(ServiceContext context) => new DispatcherService(context).RunAsync();

    private async Task RunAsync()
    {
        await using var watch = new ServiceWatch(context, _identity, DispatcherTelemetry.Name, _ledger) { Status = Status };
        var stopTaking = context.Signals.StopTaking;
        var counts = new DispatchCounts(_ledger);
        await using var telling = EventSender.Start(
            _events,
            _identity,
            new EventSource(
                () => _current is { } session ? (session.Broker, session.Queues) : null,
                minute => counts.Take(new QueueNames((_current?.Configuration ?? context.Configuration).Broker.QueuePrefix), minute),
                () => (_current?.Configuration ?? context.Configuration).History.Rate),
            TimeProvider.System,
            _logger);
        using var stopHearing = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        var hearing = HearSignalsAsync(watch, stopHearing.Token);
        SessionCandidate? candidate = null;
        try
        {
            candidate = await BeginAsync(NobodysWish(context.Configuration), watch, stopTaking);
            var wanted = _wanted.Reader.ReadAsync(stopTaking).AsTask();
            while (true)
            {
                await Task.WhenAny(candidate is null ? [wanted] : [wanted, candidate.Proved]);
                if (candidate?.Proved.IsCompletedSuccessfully == true)
                {
                    var proved = candidate;
                    candidate = null;
                    _reload.Done();
                    proved.Wish.Granted();
                    await proved.Wish.IsAnswered.WaitAsync(AnswerTimeout, TimeProvider.System, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                    Install(await proved.StopTryingAsync(), watch);
                }
                else if (wanted.IsCompleted)
                {
                    var wish = await wanted;
                    wanted = _wanted.Reader.ReadAsync(stopTaking).AsTask();
                    _logger.Reloading();
                    _reload.Begun();
                    if (await TryBeginAsync(wish, watch, stopTaking) is { } next)
                    {
                        await GiveUpAsync(candidate, Superseded);
                        candidate = next;
                    }
                }
                else
                {
                    var refused = candidate!;
                    candidate = null;
                    candidate = await RefuseAsync(refused, watch, stopTaking);
                }
            }
        }
        catch (OperationCanceledException) when (stopTaking.IsCancellationRequested)
        {
            // As asked.
        }
        finally
        {
            await stopHearing.CancelAsync();
            await GiveUpAsync(candidate, "it is about to stop");
            await Task.WhenAll(hearing, _retiring, StopAsync(telling));
        }
    }

    private string Status() =>
        $"Dispatching; {_ledger.Extract(connections: 0).Queues.Values.Sum(queue => queue.Forwarded)} messages forwarded so far";

    /// <summary>Reads the configuration at each SIGHUP, whatever the service is doing; one that is wrong changes nothing.</summary>
    private async Task HearSignalsAsync(ServiceWatch watch, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await context.Signals.WaitForReloadAsync(stop);
                watch.Reloading();
                try
                {
                    var wish = NobodysWish(context.Reload());
                    _reload.Begun();
                    _wanted.Writer.TryWrite(wish);
                }
                catch (Exception e)
                {
                    // The edge of a reload. Most often it is what is wrong in the file.
                    _logger.ReloadRefused(e.Message);
                    _reload.Refused(e.Message);
                    watch.Reloaded(e.Message);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task<SessionCandidate> BeginAsync(Wish wish, ServiceWatch watch, CancellationToken stop)
    {
        var formats = await PluginFormats.LoadAsync(wish.Configuration.Service.PluginDir, stop);
        foreach (var problem in formats.Problems)
        {
            _logger.FormatUnusable(problem);
        }

        var session = new DispatchSession(context, wish.Configuration, formats, _ledger, _events);
        if (_current is null)
        {
            // While nothing dispatches, what keeps this one from it is what there is to tell.
            watch.Use(session.Broker);
        }

        return new SessionCandidate(wish, session, watch.Health, TimeProvider.System, _logger);
    }

    /// <summary>Puts a session that dispatches into the place of the one that did so far, which settles what it has and goes.</summary>
    private void Install(DispatchSession next, ServiceWatch watch)
    {
        var before = _current;
        _current = next;
        _earlierConnections += before?.Broker.Connections ?? 0;
        watch.Use(next.Broker);
        watch.OtherQueues = () => next.OtherQueues;
        next.Listen(_identity, new DispatcherControl(context, _ledger, next, _earlierConnections, _reload, _wanted.Writer, _logger).Commands());
        watch.Serving();
        if (before is not null)
        {
            _retiring = Task.WhenAll(_retiring, ReplaceAsync(before));
        }
    }

    /// <summary>Begins to prove a new configuration, unless something of this host is in its way.</summary>
    private async Task<SessionCandidate?> TryBeginAsync(Wish wish, ServiceWatch watch, CancellationToken stop)
    {
        try
        {
            return await BeginAsync(wish, watch, stop);
        }
        catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
        {
            // The edge of a reload, as below.
            _logger.NewSessionRefused(e.Message);
            _reload.Refused(e.Message);
            wish.Refused(e.Message);
            watch.Reloaded(e.Message);
            return null;
        }
    }

    /// <summary>Drops a session that the broker will not have, and goes on with what there was before: whatever is wrong with a new configuration
    /// never ends a service that was started with another.</summary>
    /// <returns>The session to prove now, if none dispatches.</returns>
    /// <exception cref="BrokerRefusedException">It is the one that the service was started for.</exception>
    private async Task<SessionCandidate?> RefuseAsync(SessionCandidate refused, ServiceWatch watch, CancellationToken stop)
    {
        var reason = refused.Proved.Exception?.InnerException ?? new TaskCanceledException(refused.Proved);
        await GiveUpAsync(refused, reason.Message);
        if (_current is null && refused.Wish.Configuration == context.Configuration)
        {
            ExceptionDispatchInfo.Throw(reason);
        }

        _logger.NewSessionRefused(reason.Message);
        _reload.Refused(reason.Message);
        watch.Reloaded(reason.Message);
        return _current is null ? await TryBeginAsync(NobodysWish(context.Configuration), watch, stop) : null;
    }

    private async Task ReplaceAsync(DispatchSession before)
    {
        await before.StopListeningAsync();
        await RetireAsync(before);
        _logger.Replaced();
    }

    private async Task StopAsync(EventSender telling)
    {
        if (_current is { } session)
        {
            await using (session)
            {
                await session.DrainAsync(context.Signals.AbortRunning);

                // While there is a connection to tell it over.
                await telling.DisposeAsync();
            }

            _logger.Stopped();
        }
    }

    /// <summary>Has a session settle what it has, and go.</summary>
    private async Task RetireAsync(DispatchSession session)
    {
        await using (session)
        {
            await session.DrainAsync(context.Signals.AbortRunning);
        }
    }

    private async Task GiveUpAsync(SessionCandidate? candidate, string reason)
    {
        if (candidate is not null)
        {
            candidate.Wish.Refused(reason);
            _retiring = Task.WhenAll(_retiring, RetireAsync(await candidate.StopTryingAsync()));
        }
    }

    private static Wish NobodysWish(TaskQueueConfiguration configuration)
    {
        var wish = new Wish(configuration);
        wish.Answered();
        return wish;
    }
}
