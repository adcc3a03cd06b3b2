using Key = TaskQueue.Configuration.Keys.Key<TaskQueue.Configuration.WebOptions>;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[web]</c>.</summary>
internal static class WebKeys
{
    public const string Listen = "listen", TokensFile = "tokens_file", TrustedProxies = "trusted_proxies", UserHeader = "user_header", Users = "users";

    private const long Kibi = 1024, Gibi = Kibi * Kibi * Kibi;
    private const int MostRequests = 1_000_000;

    // Before the table, which asks for it.
    private static readonly ValueKind<WebRole> Role = Kinds.OneOf(("viewer", WebRole.Viewer), ("operator", WebRole.Operator), ("admin", WebRole.Admin));

    public static IReadOnlyList<Key> All { get; } =
    [
        Key.Of(Listen, Addresses.Listening, options => options.Listen, (options, value) => options with { Listen = value }),
        Key.PathOf(BrokerKeys.CertFile, options => options.CertFile, (options, value) => options with { CertFile = value }),
        Key.PathOf(BrokerKeys.KeyFile, options => options.KeyFile, (options, value) => options with { KeyFile = value }),
        Key.PathOf(TokensFile, options => options.TokensFile, (options, value) => options with { TokensFile = value }),
        Key.Of("base_path", UrlPath, options => options.BasePath, (options, value) => options with { BasePath = value }),
        Key.Of(TrustedProxies, Addresses.Networks, options => options.TrustedProxies, (options, value) => options with { TrustedProxies = value }),
        Key.Of(UserHeader, Optional.Of(HeaderName), options => options.UserHeader, (options, value) => options with { UserHeader = value }),
        Key.Of(Users, UserRoles, options => options.Users, (options, value) => options with { Users = value }),
        Key.Of("max_body", Measures.Size(Kibi, Gibi), options => options.MaxBodyBytes, (options, value) => options with { MaxBodyBytes = value }),
        Key.Of("rate", Kinds.Number(0, MostRequests), options => options.RequestsPerSecond, (options, value) => options with { RequestsPerSecond = value }),
        Key.Of("data_dir", Kinds.Path, options => options.DataDir, (options, value) => options with { DataDir = value }) with { IsPath = true },
    ];

    private static ValueKind<string> HeaderName => Kinds.Text(
        "the name of a header such as X-Forwarded-User", text => text.Length is > 0 and <= 64 && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_'));

    private static ValueKind<IReadOnlyList<WebUser>> UserRoles => new(
        $"pairs such as \"alice: admin, bob@example.org: operator, {WebUser.Anybody}: viewer\" of a name and {Role.Expected}",
        (string text, out IReadOnlyList<WebUser> users) =>
        {
            var read = text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(ReadUser).ToList();
            users = new ValueList<WebUser>([.. read.OfType<WebUser>()]);
            return !read.Contains(null) && users.DistinctBy(user => user.Name).Count() == users.Count;
        },
        users => string.Join(", ", users));

    private static WebUser? ReadUser(string pair)
    {
        // A name may have a colon.
        var colon = pair.LastIndexOf(':');
        return colon > 0 && pair[..colon].Trim() is { Length: > 0 } name && Role.TryRead(pair[(colon + 1)..].Trim(), out var role) ? new WebUser(name, role) : null;
    }

    // Not a path of this host: it is not resolved.
    private static ValueKind<string> UrlPath => Kinds.Text(
        "a path of URLs such as /taskqueue, or nothing",
        text => text.Length == 0 || (text[0] == '/' && text[^1] != '/' && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '-' or '_' or '.' or '~') && !text.Contains("//", StringComparison.Ordinal)));
}
