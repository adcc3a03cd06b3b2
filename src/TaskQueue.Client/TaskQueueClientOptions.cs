using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Messaging;

namespace TaskQueue.Client;

/// <summary>How a <see cref="TaskQueueClient"/> reaches the broker, and how it behaves.</summary>
public sealed record TaskQueueClientOptions
{
    /// <summary>How to reach the broker; the same as <c>[amqp]</c> in config.ini, <see cref="BrokerOptions.QueuePrefix"/> and
    /// <see cref="BrokerOptions.QueueType"/> included.</summary>
    /// <value>Default <c>localhost</c> as <c>guest</c>.</value>
    public BrokerOptions Broker { get; init; } = new();

    /// <summary>Whether connecting makes sure that the queue <c>taskqueue</c> exists, so that publishers may come before the
    /// dispatcher. Switch it off for a broker user who may write but not configure.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool DeclareQueue { get; init; } = true;

    /// <summary>Whether tasks are published to the exchange <c>taskqueue</c>, which leads to the queue of that name and nowhere else, so that the broker's
    /// user needs no right to write to every queue. Dispatchers declare it; where it does not exist, enqueuing fails after <see cref="RefusalTimeout"/>.
    /// Delayed tasks go to <c>taskqueue.delay.due</c> all the same, for which the right to write to the default exchange is needed.</summary>
    /// <value>Default <see langword="false"/>: the default exchange, which works with dispatchers of any version.</value>
    public bool ThroughExchange { get; init; }

    /// <summary>How many tasks of <see cref="TaskQueueClient.EnqueueManyAsync"/> may wait for their confirms at once.</summary>
    /// <value>1 or more. Default 1000.</value>
    public int MaxInFlight { get; init; } = 1000;

    /// <summary>How long a task that the broker refuses is sent again, before enqueuing it fails. A full queue refuses for a while; a body above
    /// the broker's <c>max_message_size</c>, or a user without the right to write, is refused for good, and the two look alike.</summary>
    /// <value>Default 30 s; zero fails at once, <see cref="Timeout.InfiniteTimeSpan"/> never.</value>
    public TimeSpan RefusalTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long <see cref="TaskQueueClient.RunAsync(NewTask, TimeSpan?, CancellationToken)"/> waits when its caller does not say.</summary>
    /// <value>Default 1 minute; <see cref="Timeout.InfiniteTimeSpan"/> waits for as long as it takes.</value>
    public TimeSpan RunTimeout { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long this client's reply queue outlives its connection: an outage that is shorter loses no result.</summary>
    /// <value>Default 30 minutes.</value>
    public TimeSpan ReplyQueueExpiry { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Where the client logs to.</summary>
    /// <value>Default: nowhere.</value>
    public ILoggerFactory LoggerFactory { get; init; } = NullLoggerFactory.Instance;

    /// <summary>The clock of timeouts and delays.</summary>
    /// <value>Default the system's.</value>
    public TimeProvider TimeProvider { get; init; } = TimeProvider.System;
}
