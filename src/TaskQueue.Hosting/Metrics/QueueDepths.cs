using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.Hosting.Metrics;

/// <summary>How many messages wait in the queues that this service has to do with, as it last saw. Runs only where metrics are read.</summary>
internal sealed class QueueDepths
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    // As long as a scrape interval may be; what is older tells nothing.
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(2);

    // Brokers log each question about a queue that does not exist as an error.
    private static readonly TimeSpan MissingInterval = TimeSpan.FromMinutes(5);

    // Only the loop changes it.
    private readonly Dictionary<string, long> _missing = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, (long Ready, long Seen)> _seen = new(StringComparer.Ordinal);
    private readonly ServiceLedger _ledger;
    private readonly Func<IBroker?> _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    public QueueDepths(Meter meter, ServiceLedger ledger, Func<IBroker?> broker, TimeProvider time, ILogger logger)
    {
        (_ledger, _broker, _time, _logger) = (ledger, broker, time, logger);
        meter.CreateObservableGauge(
            "taskqueue.queue.depth",
            () => _seen.Where(queue => time.GetElapsedTime(queue.Value.Seen) < Fresh).Select(queue => new Measurement<long>(queue.Value.Ready, MeterTags.Queue(queue.Key))),
            "{message}",
            "Messages that wait in the queue, as this service last saw; those that consumers have do not count");
    }

    /// <summary>Queues to look at besides those of the ledger; they need not exist.</summary>
    public Func<IEnumerable<string>> Others { get; set; } = () => [];

    /// <summary>Looks again and again, until cancelled.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        using var timer = new PeriodicTimer(Interval, _time);
        do
        {
            if (_broker() is { Health.IsHealthy: true } broker)
            {
                try
                {
                    await LookAsync(broker, stop);
                }
                catch (Exception e) when (e is not OperationCanceledException || !stop.IsCancellationRequested)
                {
                    // The edge of the loop: the broker may be replaced or go away under it; the next look finds out.
                    _logger.DepthsNotSeen(e);
                }
            }
        }
        while (await timer.WaitForNextTickAsync(stop));
    }

    private async Task LookAsync(IBroker broker, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(Interval, _time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        foreach (var queue in _ledger.Queues.Union(Others(), StringComparer.Ordinal).Where(MayExist).ToList())
        {
            if (await broker.InspectQueueAsync(queue, giveUp.Token) is { } state)
            {
                _seen[queue] = (state.Ready, _time.GetTimestamp());
            }
            else
            {
                _seen.TryRemove(queue, out _);
                _missing[queue] = _time.GetTimestamp();
            }
        }
    }

    private bool MayExist(string queue)
    {
        if (_missing.TryGetValue(queue, out var since) && _time.GetElapsedTime(since) < MissingInterval)
        {
            return false;
        }

        _missing.Remove(queue);
        return true;
    }
}
