using TaskQueue.Messaging;

namespace TaskQueue.Bench.Driving;

/// <summary>What a driver measures.</summary>
internal enum DriveMode
{
    /// <summary>Publishing alone.</summary>
    Publish,

    /// <summary>From publishing to the result, as many at once as there is room for.</summary>
    Pipeline,

    /// <summary>From publishing to the result, one at a time.</summary>
    Latency,
}

/// <summary>What a driver is told: it is a process of its own, so that its processor time and its memory are nobody else's.</summary>
internal sealed record DriveOptions(DriveMode Mode)
{
    /// <summary>The broker's port.</summary>
    public required int Port { get; init; }

    /// <summary>What stands before the names of the queues.</summary>
    public required string Prefix { get; init; }

    public required QueueType QueueType { get; init; }

    /// <summary>Whether RabbitMQ.Client alone does everything, the hops on the way included; otherwise our client publishes, and our services do the rest.</summary>
    public required bool IsRaw { get; init; }

    public required Amount Amount { get; init; }

    /// <summary>How large a message's body is.</summary>
    public int BodyBytes { get; init; } = TaskText.UsualBytes;

    /// <summary>How many messages may be unconfirmed at once.</summary>
    public int Window { get; init; } = 4000;

    /// <summary>Services whose processor time counts beside the driver's.</summary>
    public IReadOnlyList<int> Services { get; init; } = [];

    /// <summary>The broker's process.</summary>
    public required int Broker { get; init; }
}
