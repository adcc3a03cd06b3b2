using System.Text;

namespace TaskQueue.Messaging;

/// <summary>How to reach the broker and how to lay out queues; <c>[amqp]</c> in config.ini.</summary>
public sealed record BrokerOptions
{
    /// <summary>The port of AMQP without TLS, and the one with it.</summary>
    internal const int PlainPort = 5672, TlsPort = 5671;

    /// <summary>The brokers, tried in this order; the first that answers is used.</summary>
    /// <value>Default <c>localhost</c>.</value>
    public IReadOnlyList<BrokerHost> Hosts { get; init; } = [new("localhost")];

    /// <summary>The port of hosts that name none.</summary>
    /// <value>1 to 65535. Default 5672, with TLS 5671.</value>
    public int? Port { get; init; }

    /// <summary>The user.</summary>
    /// <value>Default <c>guest</c>.</value>
    public string User { get; init; } = "guest";

    /// <summary>The password.</summary>
    /// <value>Default <c>guest</c> for the user <c>guest</c>, else none; unless <see cref="PasswordFile"/> is set.</value>
    public string? Password { get; init; }

    /// <summary>A file whose first line is the password; read anew for each connection, so that it can be rotated.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The virtual host.</summary>
    /// <value>Default <c>/</c>.</value>
    public string VirtualHost { get; init; } = "/";

    /// <summary>Whether to speak TLS.</summary>
    public bool Tls { get; init; }

    /// <summary>PEM file of the certificate authorities that the broker's certificate must come from.</summary>
    /// <value>Default: those of the system.</value>
    public string? CaFile { get; init; }

    /// <summary>PEM file of our certificate, for brokers that ask for one.</summary>
    public string? CertFile { get; init; }

    /// <summary>PEM file of the key of <see cref="CertFile"/>.</summary>
    public string? KeyFile { get; init; }

    /// <summary>The type of queues that we declare.</summary>
    /// <value>Default <see cref="QueueType.Quorum"/>.</value>
    public QueueType QueueType { get; init; } = QueueType.Quorum;

    /// <summary>What stands before the name of every queue.</summary>
    public string QueuePrefix { get; init; } = "";

    /// <summary>How often each side shows that it is alive. A silent peer is given up after two of these.</summary>
    /// <value>1 s to 10 min. Default 10 s.</value>
    public TimeSpan Heartbeat { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a host may take to answer before the next one is tried.</summary>
    /// <value>1 s to 5 min. Default 10 s.</value>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Names the connection in the broker's own listings.</summary>
    /// <value>Default <c>taskqueue</c>; services add what they are, the host and the process id.</value>
    public string ConnectionName { get; init; } = "taskqueue";

    /// <summary>How often queues that deliver nothing to idle consumers are looked at, and publishing that gets no answer. After two looks
    /// without progress the channel is replaced, then the connection, and then the broker reports itself unhealthy.</summary>
    /// <value>Default 10 s. No configuration sets it.</value>
    public TimeSpan ProgressInterval { get; init; } = TimeSpan.FromSeconds(10);

    // Records print their members; this one is bound to be logged one day.
    private bool PrintMembers(StringBuilder builder)
    {
        builder.Append($"{nameof(Hosts)} = {string.Join(", ", Hosts)}, {nameof(VirtualHost)} = {VirtualHost}, {nameof(User)} = {User}");
        return true;
    }
}

/// <summary>A broker's address.</summary>
/// <param name="Name">Host name or IP address.</param>
/// <param name="Port">Its port, or <see langword="null"/> for <see cref="BrokerOptions.Port"/>.</param>
public sealed record BrokerHost(string Name, int? Port = null);
