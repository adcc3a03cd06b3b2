using TaskQueue.Configuration.Keys;

namespace TaskQueue.Configuration.Reading;

/// <summary>What must hold between the keys of <c>[web]</c>, and what <c>[routes]</c> may say.</summary>
internal sealed class WebRules(Section section, Problems problems)
{
    /// <summary>Checks that nobody can ask from another host without saying who it is, or in the clear.</summary>
    public void Check(WebOptions options)
    {
        CertificateRules.Check(section, options.CertFile, options.KeyFile, problems);
        if (options.UserHeader is not null && (options.TrustedProxies.Count == 0 || options.Users.Count == 0))
        {
            problems.Add(section, WebKeys.UserHeader, $"expected {WebKeys.TrustedProxies} as well, which says whose word on users is believed, and {WebKeys.Users}, which says what these may do.");
        }
        else if (options.UserHeader is null && options.Users.Count > 0)
        {
            problems.Add(section, WebKeys.Users, $"expected {WebKeys.UserHeader} as well: the header in which the proxy says who has logged in.");
        }

        if (options.IsLocal)
        {
            return;
        }

        if (options.TokensFile is null && options.UserHeader is null)
        {
            problems.Add(section, WebKeys.Listen, $"other hosts can connect there; expected {WebKeys.TokensFile} as well, which says who may do what (taskqueue web token makes one), or {WebKeys.UserHeader} for a proxy where people log in.");
        }

        if (options.CertFile is null && options.TrustedProxies.Count == 0)
        {
            problems.Add(
                section,
                WebKeys.Listen,
                $"other hosts can connect there, and would send their tokens in the clear; expected {BrokerKeys.CertFile} and {BrokerKeys.KeyFile}, or in {WebKeys.TrustedProxies} the proxy that has a certificate.");
        }
    }

    /// <summary>Reads which worker types functions are served by.</summary>
    public static IReadOnlyDictionary<string, string> ReadRoutes(Section routes, Problems problems)
    {
        var map = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var entry in routes.Entries)
        {
            if (WorkerTypeName.IsValid(entry.Value))
            {
                map[entry.Key] = entry.Value;
            }
            else
            {
                problems.Add(entry.Origin, $"{KeyBinder.Quote(routes, entry)}: expected the worker type that serves the function ({WorkerTypeName.Rule}).");
            }
        }

        return map;
    }
}
