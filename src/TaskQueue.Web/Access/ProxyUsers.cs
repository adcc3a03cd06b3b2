using System.Collections.Frozen;
using System.Net;
using Microsoft.AspNetCore.Http;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Access;

/// <summary>Those who have logged in at a proxy, by its word: of one that is trusted, and of nobody else.</summary>
/// <param name="options">The proxies, the header, and what users may do.</param>
internal sealed class ProxyUsers(WebOptions options)
{
    private const int LongestName = 128;

    private const string Key = "TaskQueue.Web.ProxyUser";

    private readonly FrozenDictionary<string, WebRole> _roles = options.Users.ToFrozenDictionary(user => user.Name, user => user.Role, StringComparer.Ordinal);

    /// <summary>Notes who it is, before the connection's address becomes the client's.</summary>
    public void NoteIn(HttpContext context)
    {
        if (options.UserHeader is { } header && context.Request.Headers[header] is [{ Length: > 0 and <= LongestName } name] && !name.Any(char.IsControl)
            && context.Connection.RemoteIpAddress is { } address && options.TrustedProxies.Any(network => network.Contains(Plain(address))))
        {
            context.Items[Key] = name;
        }
    }

    /// <summary>Whether a trusted proxy has said who makes a request.</summary>
    public static bool IsSaid(HttpContext context) => context.Items.ContainsKey(Key);

    /// <summary>Who makes a request, by the word of a trusted proxy.</summary>
    /// <param name="context">The request.</param>
    /// <param name="problem">Why he may do nothing, if he may not.</param>
    public Caller? Find(HttpContext context, out string? problem)
    {
        problem = null;
        if (context.Items[Key] is not string name)
        {
            return null;
        }

        if (_roles.TryGetValue(name, out var role) || _roles.TryGetValue(WebUser.Anybody, out role))
        {
            return new Caller(name, role, Types: null);
        }

        problem = $"\"{name}\" is not among the users of [web].";
        return null;
    }

    // An address of IPv4 that has come over a socket of IPv6.
    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}
