using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Access;

/// <summary>Notes whether a request has come through a proxy, before anything of what proxies say is believed and taken out.</summary>
/// <remarks>What comes through a proxy of this host comes from anywhere, though the connection is local.</remarks>
internal sealed class ProxyMark(RequestDelegate next, ProxyUsers users)
{
    private const string Key = "TaskQueue.Web.Proxy";

    private static readonly string[] OfProxies = ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Server", "X-Real-IP", "Via"];

    public Task InvokeAsync(HttpContext context)
    {
        // nginx says nothing of itself unless it is told to, but speaks HTTP/1.0 then, which no client of today does.
        if (OfProxies.Any(context.Request.Headers.ContainsKey) || HttpProtocol.IsHttp10(context.Request.Protocol))
        {
            context.Items[Key] = true;
        }

        users.NoteIn(context);
        return next(context);
    }

    /// <summary>Whether the request came from this host, and from no browser that another site has led here by a name of its own.</summary>
    public static bool IsLocal(HttpContext context) =>
        !context.Items.ContainsKey(Key)
        && context.Connection.RemoteIpAddress is { } address && System.Net.IPAddress.IsLoopback(address)
        && IsLoopbackName(context.Request.Host.Host);

    private static bool IsLoopbackName(string host) =>
        string.Equals(host, "localhost", StringComparison.OrdinalIgnoreCase)
        || (System.Net.IPAddress.TryParse(host.Trim('[', ']'), out var address) && System.Net.IPAddress.IsLoopback(address));
}
