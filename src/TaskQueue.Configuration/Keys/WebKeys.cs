using Key = TaskQueue.Configuration.Keys.Key<TaskQueue.Configuration.WebOptions>;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[web]</c>.</summary>
internal static class WebKeys
{
    public const string Listen = "listen", TokensFile = "tokens_file", TrustedProxies = "trusted_proxies";

    private const long Kibi = 1024, Gibi = Kibi * Kibi * Kibi;
    private const int MostRequests = 1_000_000;

    public static IReadOnlyList<Key> All { get; } =
    [
        Key.Of(Listen, Addresses.Listening, options => options.Listen, (options, value) => options with { Listen = value }),
        Key.PathOf(BrokerKeys.CertFile, options => options.CertFile, (options, value) => options with { CertFile = value }),
        Key.PathOf(BrokerKeys.KeyFile, options => options.KeyFile, (options, value) => options with { KeyFile = value }),
        Key.PathOf(TokensFile, options => options.TokensFile, (options, value) => options with { TokensFile = value }),
        Key.Of("base_path", UrlPath, options => options.BasePath, (options, value) => options with { BasePath = value }),
        Key.Of(TrustedProxies, Addresses.Networks, options => options.TrustedProxies, (options, value) => options with { TrustedProxies = value }),
        Key.Of("max_body", Measures.Size(Kibi, Gibi), options => options.MaxBodyBytes, (options, value) => options with { MaxBodyBytes = value }),
        Key.Of("rate", Kinds.Number(0, MostRequests), options => options.RequestsPerSecond, (options, value) => options with { RequestsPerSecond = value }),
        Key.Of("data_dir", Kinds.Path, options => options.DataDir, (options, value) => options with { DataDir = value }) with { IsPath = true },
    ];

    // Not a path of this host: it is not resolved.
    private static ValueKind<string> UrlPath => Kinds.Text(
        "a path of URLs such as /taskqueue, or nothing",
        text => text.Length == 0 || (text[0] == '/' && text[^1] != '/' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~') && !text.Contains("//", StringComparison.Ordinal)));
}
