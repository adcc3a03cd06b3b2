using Key = TaskQueue.Configuration.Keys.Key<TaskQueue.Configuration.EmbeddedBrokerOptions>;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[broker]</c>.</summary>
internal static class EmbeddedBrokerKeys
{
    public const string Listen = "listen", ListenTls = "listen_tls";

    private const long Mebi = 1024 * 1024, Tebi = Mebi * Mebi;

    public static IReadOnlyList<Key<EmbeddedBrokerOptions>> All { get; } =
    [
        Key.Of(Listen, Addresses.Listening, options => options.Listen, (options, value) => options with { Listen = value }),
        Key.Of(ListenTls, Addresses.Listening, options => options.ListenTls, (options, value) => options with { ListenTls = value }),
        Key.PathOf(BrokerKeys.CertFile, options => options.CertFile, (options, value) => options with { CertFile = value }),
        Key.PathOf(BrokerKeys.KeyFile, options => options.KeyFile, (options, value) => options with { KeyFile = value }),
        Key.PathOf(BrokerKeys.CaFile, options => options.CaFile, (options, value) => options with { CaFile = value }),
        Key.Of("data_dir", Kinds.Path, options => options.DataDir, (options, value) => options with { DataDir = value }) with { IsPath = true },
        Key.PathOf("users_file", options => options.UsersFile, (options, value) => options with { UsersFile = value }),
        Key.Of("memory_limit", Measures.Size(Mebi, Tebi), options => options.MemoryLimitBytes, (options, value) => options with { MemoryLimitBytes = value }),
        Key.Of("disk_free_limit", Measures.Size(0, Tebi), options => options.DiskFreeLimitBytes, (options, value) => options with { DiskFreeLimitBytes = value }),
        Key.Of("max_message_size", Measures.Size(1, int.MaxValue / 2), options => options.MaxMessageBytes, (options, value) => options with { MaxMessageBytes = value }),
        Key.Of(
            "consumer_timeout",
            Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(366)),
            options => options.ConsumerTimeout,
            (options, value) => options with { ConsumerTimeout = value }),
    ];
}
