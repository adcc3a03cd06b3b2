using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Web.Services;

namespace TaskQueue.Web.Notifications;

/// <summary>Looks at the system every few seconds, and tells those who want to know what is new.</summary>
internal sealed class Notifier
{
    // No target is called like that.
    private const string OfWatch = "";

    private static readonly TimeSpan Tick = TimeSpan.FromSeconds(1), BetweenLooks = TimeSpan.FromSeconds(10), LongestLook = TimeSpan.FromSeconds(30);

    private readonly ServiceFleet _fleet;
    private readonly NotificationStore _store;
    private readonly QueueNames _names;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly WatchState _seen;
    private readonly SystemWatch _watch;
    private readonly List<NotificationTarget> _targets;
    private bool _isBlind;

    /// <param name="fleet">The running services.</param>
    /// <param name="configuration">Whom to tell.</param>
    /// <param name="store">What was told.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Hears of those who cannot be told.</param>
    public Notifier(ServiceFleet fleet, TaskQueueConfiguration configuration, NotificationStore store, TimeProvider time, ILogger logger)
    {
        (_fleet, _store, _time, _logger) = (fleet, store, time, logger);
        _names = new QueueNames(configuration.Broker.QueuePrefix);
        _seen = store.Read<WatchState>(OfWatch);
        _watch = new SystemWatch(_seen);
        _targets = [.. configuration.Notifications.Select(options => new NotificationTarget(options, store.Read<OutboxState>(options.Name), WayOf(options)))];
    }

    /// <summary>Runs until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var timer = new PeriodicTimer(Tick, _time);
            var looked = (long?)null;
            do
            {
                if (looked is not { } last || _time.GetElapsedTime(last) >= BetweenLooks)
                {
                    await LookAsync(cancellationToken);
                    looked = _time.GetTimestamp();
                }

                foreach (var target in _targets)
                {
                    await TellAsync(target, cancellationToken);
                }
            }
            while (await timer.WaitForNextTickAsync(cancellationToken));
        }
        finally
        {
            foreach (var target in _targets)
            {
                await target.StopAsync();
            }
        }
    }

    private INotificationWay WayOf(NotificationOptions options) =>
        options.Command is { } command ? new LocalCommand(command, _time) : new Webhook(options.Url!, options.SecretFile, _time);

    private async Task LookAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var deadline = new CancellationTokenSource(LongestLook, _time);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
            var occurrences = _watch.Look(await SnapshotAsync(stop.Token), _time.GetUtcNow());

            // A crash in between has somebody told twice, rather than not at all.
            foreach (var target in _targets.Where(_ => occurrences.Count > 0))
            {
                target.Outbox.Add(occurrences);
                Keep(target.Name, target.State);
            }

            Keep(OfWatch, _seen);
            _isBlind = false;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Nothing is known meanwhile. Said once: it is so for as long as the broker is away.
            if (!_isBlind)
            {
                _logger.NothingSeen(e.Message);
                _isBlind = true;
            }
        }
    }

    private async Task<SystemSnapshot> SnapshotAsync(CancellationToken cancellationToken)
    {
        var services = await _fleet.ReportsAsync(cancellationToken);
        var queues = await _fleet.QueuesAsync(_fleet.WorkerTypesOf(services), missing: SystemWatch.Settling, cancellationToken);
        return new SystemSnapshot(
            [.. queues.Select(queue => (queue, Kind: KindOf(queue.Name, queue.WorkerType))).Where(found => found.Kind is not null)
                .Select(found => new AsideCount(found.Kind!.Value, found.queue.Name, found.queue.WorkerType, found.queue.State.Ready))],
            services);
    }

    private NotificationKind? KindOf(string queue, string? workerType) =>
        queue == _names.Rejected ? NotificationKind.Rejected
        : queue == _names.Unroutable ? NotificationKind.Unroutable
        : workerType is not null && queue == _names.Buried(workerType) ? NotificationKind.Buried
        : null;

    private async Task TellAsync(NotificationTarget target, CancellationToken cancellationToken)
    {
        var now = _time.GetUtcNow();
        if (await target.EndAsync() is (true, var problem))
        {
            if (problem is null)
            {
                target.Outbox.Taken(now);
            }
            else if (target.Outbox.NotTaken(now) is { } next)
            {
                _logger.NotTold(target.Name, problem, next);
            }
            else
            {
                _logger.NeverTold(target.Name, problem);
            }

            Keep(target.Name, target.State);
        }

        if (target.Begin(now, cancellationToken))
        {
            Keep(target.Name, target.State);
        }
    }

    private void Keep<T>(string name, T state)
    {
        try
        {
            _store.Write(name, state);
        }
        catch (Exception e) when (e is SqliteException or InvalidOperationException)
        {
            _logger.NotificationsNotKept(e.Message);
        }
    }
}
