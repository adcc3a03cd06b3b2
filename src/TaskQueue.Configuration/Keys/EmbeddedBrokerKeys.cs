namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[broker]</c>.</summary>
internal static class EmbeddedBrokerKeys
{
    public const string Listen = "listen", ListenTls = "listen_tls", CertFile = "cert_file", KeyFile = "key_file", CaFile = "ca_file";

    private const long Mebi = 1024 * 1024, Tebi = Mebi * Mebi;

    public static IReadOnlyList<Key<EmbeddedBrokerOptions>> All { get; } =
    [
        Of(Listen, Addresses.Listening, options => options.Listen, (options, value) => options with { Listen = value }),
        Of(ListenTls, Addresses.Listening, options => options.ListenTls, (options, value) => options with { ListenTls = value }),
        PathOf(CertFile, options => options.CertFile, (options, value) => options with { CertFile = value }),
        PathOf(KeyFile, options => options.KeyFile, (options, value) => options with { KeyFile = value }),
        PathOf(CaFile, options => options.CaFile, (options, value) => options with { CaFile = value }),
        Of("data_dir", Kinds.Path, options => options.DataDir, (options, value) => options with { DataDir = value }) with { IsPath = true },
        PathOf("users_file", options => options.UsersFile, (options, value) => options with { UsersFile = value }),
        Of("memory_limit", Measures.Size(Mebi, Tebi), options => options.MemoryLimitBytes, (options, value) => options with { MemoryLimitBytes = value }),
        Of("disk_free_limit", Measures.Size(0, Tebi), options => options.DiskFreeLimitBytes, (options, value) => options with { DiskFreeLimitBytes = value }),
        Of("max_message_size", Measures.Size(1, int.MaxValue / 2), options => options.MaxMessageBytes, (options, value) => options with { MaxMessageBytes = value }),
        Of(
            "consumer_timeout",
            Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(366)),
            options => options.ConsumerTimeout,
            (options, value) => options with { ConsumerTimeout = value }),
    ];

    private static Key<EmbeddedBrokerOptions> Of<T>(
        string name, ValueKind<T> kind, Func<EmbeddedBrokerOptions, T> get, Func<EmbeddedBrokerOptions, T, EmbeddedBrokerOptions> set) =>
        Key<EmbeddedBrokerOptions>.Of(name, kind, get, set);

    private static Key<EmbeddedBrokerOptions> PathOf(
        string name, Func<EmbeddedBrokerOptions, string?> get, Func<EmbeddedBrokerOptions, string?, EmbeddedBrokerOptions> set) =>
        Of(name, Optional.Of(Kinds.Path), get, set) with { IsPath = true };
}
