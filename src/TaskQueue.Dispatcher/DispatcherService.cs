using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Hosting;
using TaskQueue.Hosting.Control;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Dispatcher;

/// <summary>The dispatcher: one session that dispatches, and with each new configuration another, which takes its place once it has proved to work.</summary>
internal sealed class DispatcherService(ServiceContext context)
{
    private readonly ILogger _logger = context.Logging.CreateLogger<DispatcherService>();

    // These outlive a session.
    private readonly ServiceLedger _ledger = new(TimeProvider.System);
    private readonly ServiceIdentity _identity = ServiceIdentity.New("dispatcher");
    private int _earlierConnections;

    // The newest configuration that somebody wants; an older one that nobody has begun is worth nothing.
    private readonly Channel<TaskQueueConfiguration> _wanted =
        Channel.CreateBounded<TaskQueueConfiguration>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });

    private DispatchSession? _current;
    private Task _retiring = Task.CompletedTask;

    public static Task RunAsync(ServiceContext context) => new DispatcherService(context).RunAsync();

    private async Task RunAsync()
    {
        await using var watch = new ServiceWatch(context, _identity, DispatcherTelemetry.Name, _ledger) { Status = Status };
        var stopTaking = context.Signals.StopTaking;
        using var stopHearing = CancellationTokenSource.CreateLinkedTokenSource(stopTaking);
        var hearing = HearSignalsAsync(watch, stopHearing.Token);
        SessionCandidate? candidate = null;
        try
        {
            candidate = await BeginAsync(context.Configuration, watch, stopTaking);
            var wanted = _wanted.Reader.ReadAsync(stopTaking).AsTask();
            while (true)
            {
                await Task.WhenAny(candidate is null ? [wanted] : [wanted, candidate.Proved]);
                if (wanted.IsCompleted)
                {
                    var configuration = await wanted;
                    wanted = _wanted.Reader.ReadAsync(stopTaking).AsTask();
                    _logger.Reloading();
                    await DropAsync(candidate);
                    candidate = null;
                    candidate = await BeginAsync(configuration, watch, stopTaking);
                }
                else if (candidate!.Proved.IsCompletedSuccessfully)
                {
                    Install(await candidate.TakeAsync(), watch);
                    await DropAsync(candidate);
                    candidate = null;
                }
                else
                {
                    var refused = candidate;
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
            await DropAsync(candidate);
            await Task.WhenAll(hearing, _retiring, RetireAsync(_current, isLast: true));
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
                    _wanted.Writer.TryWrite(context.Reload());
                }
                catch (ConfigurationException e)
                {
                    _logger.ReloadRefused(e.Message);
                    watch.Reloaded();
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task<SessionCandidate> BeginAsync(TaskQueueConfiguration configuration, ServiceWatch watch, CancellationToken stop)
    {
        // Not here: a folder that does not answer must not keep the service from stopping.
        var formats = await Task.Run(() => PluginFormats.Load(configuration.Service.PluginDir), stop).WaitAsync(stop);
        foreach (var problem in formats.Problems)
        {
            _logger.FormatUnusable(problem);
        }

        var session = new DispatchSession(context, configuration, formats, _ledger);
        if (_current is null)
        {
            // While nothing dispatches, what keeps this one from it is what there is to tell.
            watch.Use(session.Broker);
        }

        return new SessionCandidate(session, watch.Health, TimeProvider.System, _logger);
    }

    /// <summary>Puts a session that dispatches into the place of the one that did so far, which settles what it has and goes.</summary>
    private void Install(DispatchSession next, ServiceWatch watch)
    {
        var before = _current;
        _current = next;
        _earlierConnections += before?.Broker.Connections ?? 0;
        watch.Use(next.Broker);
        watch.OtherQueues = () => next.OtherQueues;
        next.Listen(_identity, Commands(next));
        watch.Serving();
        _retiring = Task.WhenAll(_retiring, RetireAsync(before, isLast: false));
    }

    /// <summary>Drops a session that the broker will not have, and goes on with what there was before.</summary>
    /// <returns>The session to prove now, if none dispatches.</returns>
    private async Task<SessionCandidate?> RefuseAsync(SessionCandidate refused, ServiceWatch watch, CancellationToken stop)
    {
        try
        {
            await refused.Proved;
        }
        catch (Exception e) when (_current is not null || refused.Configuration != context.Configuration)
        {
            // The edge of a reload: whatever is wrong with the new configuration, it never ends a service that was started with a sound one.
            _logger.NewSessionRefused(e.Message);
            watch.Reloaded();
        }
        finally
        {
            await refused.DisposeAsync();
        }

        return _current is null ? await BeginAsync(context.Configuration, watch, stop) : null;
    }

    private async Task RetireAsync(DispatchSession? session, bool isLast)
    {
        if (session is null)
        {
            return;
        }

        await using (session)
        {
            if (!isLast)
            {
                await session.StopListeningAsync();
            }

            await session.DrainAsync(context.Signals.AbortRunning);
        }

        if (isLast)
        {
            _logger.Stopped();
        }
        else
        {
            _logger.Replaced();
        }
    }

    private static ValueTask DropAsync(SessionCandidate? candidate) => candidate?.DisposeAsync() ?? ValueTask.CompletedTask;

    private Dictionary<string, ControlCommand> Commands(DispatchSession session)
    {
        var commands = ServiceCommands.Make(
            context.LogLevel,
            _ledger,
            () => _ledger.Extract(_earlierConnections + session.Broker.Connections),
            (report, _) => Task.FromResult(report.Over(session.Broker, _earlierConnections) with { AllowControl = session.Configuration.Service.AllowControl }));
        foreach (var (name, command) in ServiceCommands.WithoutWorkers())
        {
            commands.Add(name, command);
        }

        commands.Add(ControlCommands.Reload, new ControlCommand(Steers: true, (_, _) => Task.FromResult(Reload())));
        return commands;
    }

    private ControlReply Reload()
    {
        try
        {
            var configuration = context.Reload();
            return new ControlReply(ControlAnswer.ToJson(new SteeringReport(Done: true, "connects anew, with the new configuration")))
            {
                // It takes the connection away that the answer goes out on.
                Afterwards = () => _wanted.Writer.TryWrite(configuration),
            };
        }
        catch (ConfigurationException e)
        {
            _logger.ReloadRefused(e.Message);
            throw new ControlRefusedException($"the new configuration is not used: {e.Message}", e);
        }
    }
}
