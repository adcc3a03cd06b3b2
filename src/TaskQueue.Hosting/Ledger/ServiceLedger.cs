using System.Collections.Concurrent;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Ledger;

/// <summary>What this service has put into queues and taken out of them since it started, for <c>taskqueue audit</c>.</summary>
/// <remarks>May be used from several threads.</remarks>
/// <param name="time">The clock.</param>
public sealed class ServiceLedger(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, QueueLedger> _queues = new(StringComparer.Ordinal);
    private readonly DateTimeOffset _started = time.GetUtcNow();
    private readonly long _startTimestamp = time.GetTimestamp();

    /// <summary>When the service started, by its own clock.</summary>
    public DateTimeOffset Started => _started;

    /// <summary>How long ago that was, by no clock that anybody sets.</summary>
    public TimeSpan Uptime => time.GetElapsedTime(_startTimestamp);

    /// <summary>The counts of a queue.</summary>
    /// <param name="queue">Its complete name.</param>
    /// <returns>Them, from now on listed.</returns>
    public QueueLedger Of(string queue) =>
        _queues.TryGetValue(queue, out var known) ? known : _queues.GetOrAdd(queue, static (name, owner) => new QueueLedger(owner, name), this);

    /// <summary>The counts of a queue that a message names and that may not exist: it is listed when the broker has confirmed a message in it.</summary>
    /// <remarks>Publishers may make up any number of names; queues are as many as somebody has declared.</remarks>
    /// <param name="queue">Its complete name.</param>
    /// <returns>Them.</returns>
    public QueueLedger Named(string queue) => _queues.TryGetValue(queue, out var known) ? known : new QueueLedger(this, queue);

    /// <summary>All counts.</summary>
    /// <param name="connections">How many connections there have been.</param>
    /// <param name="lostIn">How many deliveries of a queue the service has that the broker has taken back.</param>
    /// <returns>A copy.</returns>
    public LedgerExtract Extract(int connections, Func<string, int>? lostIn = null) => new(
        _started,
        (long)Uptime.TotalMilliseconds,
        connections,
        _queues.Values.ToDictionary(queue => queue.Queue, queue => WithLost(queue.Extract(), lostIn?.Invoke(queue.Queue) ?? 0), StringComparer.Ordinal));

    /// <summary>The complete names of the queues that are listed.</summary>
    internal ICollection<string> Queues => _queues.Keys;

    internal QueueLedger Enter(QueueLedger queue) => _queues.TryGetValue(queue.Queue, out var known) ? known : _queues.GetOrAdd(queue.Queue, queue);

    private static QueueCounts WithLost(QueueCounts counts, int lost) => lost == 0 ? counts : counts with { Back = counts.Back + lost };
}
