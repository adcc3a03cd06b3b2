using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Access;

/// <summary>Finds out who makes a request.</summary>
/// <param name="tokens">The tokens that are known, or <see langword="null"/> where this host may do everything.</param>
/// <param name="sessions">The sessions of browsers.</param>
/// <param name="users">Those who have logged in at a proxy.</param>
internal sealed class CallerSource(TokenFile? tokens, SessionStore sessions, ProxyUsers users)
{
    private const string Bearer = "Bearer ";

    /// <summary>Who makes a request.</summary>
    /// <param name="context">The request.</param>
    /// <param name="problem">What is wrong with what it says of itself, if that is it.</param>
    public Caller? Find(HttpContext context, out string? problem)
    {
        problem = null;
        if (context.Request.Headers.Authorization is [{ Length: > 0 } authorization])
        {
            var caller = authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? tokens?.Find(authorization[Bearer.Length..].Trim()) : null;
            problem = caller is not null ? null : tokens is null ? "There are no tokens here: [web] tokens_file is not set." : "Nobody has that token.";
            return caller;
        }

        if (ProxyUsers.IsSaid(context))
        {
            return users.Find(context, out problem);
        }

        if (tokens is not null)
        {
            // A token that is no more has no sessions.
            return SessionCookie.In(context.Request) is { } secret && sessions.TokenOf(secret) is { } hash ? tokens.FindByHash(hash) : null;
        }

        return ProxyMark.IsLocal(context) ? Caller.Local : null;
    }

    /// <summary>Whether callers are known by tokens, and browsers can log in with one.</summary>
    public bool HasLogin => tokens is not null;

    /// <summary>What whoever is not known is told.</summary>
    public string Remedy => tokens is null
        ? "Only this host may ask, by the name localhost and through no proxy: for others [web] tokens_file has to be set."
        : "Send a token: \"Authorization: Bearer TOKEN\"; \"taskqueue web token\" makes one.";
}
