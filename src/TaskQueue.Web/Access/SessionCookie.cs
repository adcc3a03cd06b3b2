using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Access;

/// <summary>The cookie by which a browser that has logged in is known.</summary>
internal static class SessionCookie
{
    /// <summary>Its name.</summary>
    public const string Name = "taskqueue-session";

    /// <summary>What a request has of it.</summary>
    public static string? In(HttpRequest request) => request.Cookies[Name] is { Length: > 0 } value ? value : null;

    /// <summary>Gives it to a browser.</summary>
    public static void Give(HttpContext context, string value) => context.Response.Cookies.Append(Name, value, OptionsOf(context.Request));

    /// <summary>Takes it from a browser.</summary>
    public static void Take(HttpContext context) => context.Response.Cookies.Delete(Name, OptionsOf(context.Request));

    // Without an end of its own: the browser forgets it when it is closed, and the service when it was not used for long.
    private static CookieOptions OptionsOf(HttpRequest request) => new()
    {
        HttpOnly = true,
        SameSite = SameSiteMode.Strict,
        Secure = request.IsHttps,
        Path = request.PathBase.HasValue ? request.PathBase.Value : "/",
        IsEssential = true,
    };
}
