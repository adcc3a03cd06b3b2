using System.Net;
using System.Net.Security;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using TaskQueue.Broker.Access;

namespace TaskQueue.Broker;

/// <summary>What a broker shall be like.</summary>
public sealed record AmqpBrokerOptions
{
    /// <summary>Where it listens: TCP or unix sockets.</summary>
    /// <value>Default a free port of 127.0.0.1.</value>
    public IReadOnlyList<EndPoint> Listen { get; init; } = [new IPEndPoint(IPAddress.Loopback, 0)];

    /// <summary>Where it listens with TLS.</summary>
    /// <value>Default nowhere.</value>
    public IReadOnlyList<EndPoint> ListenTls { get; init; } = [];

    /// <summary>Certificates and rules of TLS; a client certificate that these accept may log in by EXTERNAL, as the user of its common name.</summary>
    public SslServerAuthenticationOptions? Tls { get; init; }

    /// <summary>Who may come in.</summary>
    /// <value>Default nobody.</value>
    public IAccess Access { get; init; } = new UserList([]);

    /// <summary>The file that durable queues and their persistent messages are kept in.</summary>
    /// <value>Default none: the broker forgets everything when it ends.</value>
    public string? Database { get; init; }

    /// <summary>With less free on the disk of <see cref="Database"/>, in bytes, publishers wait.</summary>
    /// <value>Default 50 MiB.</value>
    public long DiskFreeLimitBytes { get; init; } = 50L << 20;

    /// <summary>How much of messages is held in memory, in bytes. With a store, more wait on the disk; what cannot makes publishers wait.</summary>
    /// <value>Default 128 MiB.</value>
    public long MemoryLimitBytes { get; init; } = 128L << 20;

    /// <summary>The largest body of a message, in bytes.</summary>
    /// <value>Default 128 MiB, as RabbitMQ 3.10.</value>
    public long MaxMessageBytes { get; init; } = 128L << 20;

    /// <summary>How many queues there may be.</summary>
    /// <value>Default 100,000.</value>
    public int MaxQueues { get; init; } = 100_000;

    /// <summary>How long a delivery may stay unacknowledged before its channel is closed.</summary>
    /// <value>Default 30 minutes, as RabbitMQ.</value>
    public TimeSpan ConsumerTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Where it logs.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
