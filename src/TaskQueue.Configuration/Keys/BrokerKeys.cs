using TaskQueue.Messaging;
using Key = TaskQueue.Configuration.Keys.Key<TaskQueue.Messaging.BrokerOptions>;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[amqp]</c>.</summary>
internal static class BrokerKeys
{
    public const string Host = "host", DefaultHost = "localhost", User = "user", Passwd = "passwd", PasswdFile = "passwd_file", Tls = "tls", CaFile = "ca_file", CertFile = "cert_file", KeyFile = "key_file";

    // What the names of our queues add to the prefix ("worker_", a type of 128 bytes, ".buried") must fit besides it.
    private const int MaxPrefixBytes = 64;

    public static ValueKind<int> PortNumber { get; } = Kinds.Number(1, 65535);

    public static IReadOnlyList<Key<BrokerOptions>> All { get; } =
    [
        Key.Of(Host, Lists.Hosts, options => options.Hosts, (options, value) => options with { Hosts = value }),
        Key.Of("port", Optional.Of(PortNumber), options => options.Port, (options, value) => options with { Port = value }),
        Key.Of(User, Kinds.ShortString, options => options.User, (options, value) => options with { User = value }),
        Key.Of(Passwd, Optional.Of(Kinds.AnyText), options => options.Password, (options, value) => options with { Password = value })
            with { IsSecret = true },
        Key.PathOf(PasswdFile, options => options.PasswordFile, (options, value) => options with { PasswordFile = value }),
        Key.Of("vhost", Kinds.ShortString, options => options.VirtualHost, (options, value) => options with { VirtualHost = value }),
        Key.Of(Tls, Kinds.YesOrNo, options => options.Tls, (options, value) => options with { Tls = value }),
        Key.PathOf(CaFile, options => options.CaFile, (options, value) => options with { CaFile = value }),
        Key.PathOf(CertFile, options => options.CertFile, (options, value) => options with { CertFile = value }),
        Key.PathOf(KeyFile, options => options.KeyFile, (options, value) => options with { KeyFile = value }),
        Key.Of(
            "queue_type",
            Kinds.OneOf(("quorum", QueueType.Quorum), ("classic", QueueType.Classic)),
            options => options.QueueType,
            (options, value) => options with { QueueType = value }),
        Key.Of(
            "queue_prefix",
            Kinds.Text(
                $"at most {MaxPrefixBytes} bytes that do not begin with \"{QueueName.BrokersOwn}\", which belongs to the broker",
                text => QueueName.Fits(text, MaxPrefixBytes)),
            options => options.QueuePrefix,
            (options, value) => options with { QueuePrefix = value }),
        Key.Of(
            "heartbeat",
            Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(10)),
            options => options.Heartbeat,
            (options, value) => options with { Heartbeat = value }),
        Key.Of(
            "connect_timeout",
            Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)),
            options => options.ConnectTimeout,
            (options, value) => options with { ConnectTimeout = value }),
    ];
}
