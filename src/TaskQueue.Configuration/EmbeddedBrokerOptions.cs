using System.Net;

namespace TaskQueue.Configuration;

/// <summary>The embedded broker, <c>taskqueue-broker</c>; <c>[broker]</c> in config.ini.</summary>
public sealed record EmbeddedBrokerOptions
{
    /// <summary>Where it listens without TLS.</summary>
    /// <value>Default <c>127.0.0.1:5672</c>: this host only.</value>
    public IPEndPoint? Listen { get; init; } = new(IPAddress.Loopback, 5672);

    /// <summary>Where it listens with TLS.</summary>
    /// <value>Default: nowhere. Needs <see cref="CertFile"/>.</value>
    public IPEndPoint? ListenTls { get; init; }

    /// <summary>PEM file of the certificate that it shows.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file of the key of <see cref="CertFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>PEM file of the authorities whose client certificates may log in by EXTERNAL.</summary>
    public string? CaFile { get; init; }

    /// <summary>The folder of its database and of its first user's password.</summary>
    /// <value>Default <c>/var/lib/taskqueue/broker</c>. Not on a network file system.</value>
    public string DataDir { get; init; } = "/var/lib/taskqueue/broker";

    /// <summary>The file of its users.</summary>
    /// <value>Default <c>users</c> in <see cref="DataDir"/>.</value>
    public string? UsersFile { get; init; }

    /// <summary>How much of messages it holds in memory, in bytes; more wait on the disk.</summary>
    /// <value>Default 128M.</value>
    public long MemoryLimitBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>With less free on the disk, in bytes, publishers wait.</summary>
    /// <value>Default 50M.</value>
    public long DiskFreeLimitBytes { get; init; } = 50L * 1024 * 1024;

    /// <summary>The largest body of a message, in bytes.</summary>
    /// <value>Default 128M.</value>
    public long MaxMessageBytes { get; init; } = 128L * 1024 * 1024;

    /// <summary>How long a delivery may stay unacknowledged; queues may have times of their own.</summary>
    /// <value>Default 30m.</value>
    public TimeSpan ConsumerTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>The path of the users' file.</summary>
    public string Users => UsersFile ?? Path.Combine(DataDir, "users");

    /// <summary>The path of the file with the password of the first user, which services and commands of this host read.</summary>
    public string PasswordFile => Path.Combine(DataDir, "password");

    /// <summary>The path of the database.</summary>
    public string Database => Path.Combine(DataDir, "messages.db");
}
