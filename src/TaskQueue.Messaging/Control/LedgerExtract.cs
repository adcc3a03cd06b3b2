namespace TaskQueue.Messaging.Control;

/// <summary>What a service has put into queues and taken out of them since it started.</summary>
/// <param name="Started">When it did, by its own clock.</param>
/// <param name="UptimeMilliseconds">How long ago that was, by no clock that anybody sets.</param>
/// <param name="Connections">How many connections to the broker it has had. What was on its way when one ended may count or not.</param>
/// <param name="Queues">The queues, by their complete names.</param>
public sealed record LedgerExtract(
    DateTimeOffset Started, long UptimeMilliseconds, int Connections, IReadOnlyDictionary<string, QueueCounts> Queues);

/// <summary>What one service has done with one queue. All but the gauges only ever grow.</summary>
public sealed record QueueCounts
{
    /// <summary>Messages it has published there and the broker has confirmed.</summary>
    public long In { get; init; }

    /// <summary>Gauge: messages it has published there and has no answer to yet.</summary>
    public long UnderWay { get; init; }

    /// <summary>Messages whose connection ended before the answer; the broker may have them or not.</summary>
    public long Unknown { get; init; }

    /// <summary>Deliveries it took from there.</summary>
    public long Taken { get; init; }

    /// <summary>Deliveries that are in the queue again: returned, or taken back by the broker with their connection.</summary>
    public long Back { get; init; }

    /// <summary>Tasks that ended with their results confirmed.</summary>
    public long Done { get; init; }

    /// <summary>Tasks that failed or expired, and whose worker's options say that such are dropped.</summary>
    public long Deleted { get; init; }

    /// <summary>Tasks that were set aside in the queue of buried ones.</summary>
    public long Buried { get; init; }

    /// <summary>Tasks that were published anew for another attempt, now or later.</summary>
    public long Released { get; init; }

    /// <summary>Messages that were passed on to another queue by a dispatcher.</summary>
    public long Forwarded { get; init; }

    /// <summary>Gauge: its subscriptions.</summary>
    public long Consumers { get; init; }

    /// <summary>Deliveries that it has right now.</summary>
    public long Held() => Taken - Back - Out();

    /// <summary>All that left the queue for good.</summary>
    public long Out() => Done + Deleted + Buried + Released + Forwarded;

    /// <summary>The sum of two.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    public static QueueCounts operator +(QueueCounts a, QueueCounts b) => Combine(a, b, 1);

    /// <summary>What came to one since the other.</summary>
    /// <param name="a">The later one.</param>
    /// <param name="b">The earlier one.</param>
    public static QueueCounts operator -(QueueCounts a, QueueCounts b) => Combine(a, b, -1);

    private static QueueCounts Combine(QueueCounts a, QueueCounts b, int sign) => new()
    {
        In = a.In + (sign * b.In),
        UnderWay = a.UnderWay + (sign * b.UnderWay),
        Unknown = a.Unknown + (sign * b.Unknown),
        Taken = a.Taken + (sign * b.Taken),
        Back = a.Back + (sign * b.Back),
        Done = a.Done + (sign * b.Done),
        Deleted = a.Deleted + (sign * b.Deleted),
        Buried = a.Buried + (sign * b.Buried),
        Released = a.Released + (sign * b.Released),
        Forwarded = a.Forwarded + (sign * b.Forwarded),
        Consumers = a.Consumers + (sign * b.Consumers),
    };
}
