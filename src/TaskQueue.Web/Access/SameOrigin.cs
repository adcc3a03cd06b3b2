using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Access;

/// <summary>Refuses what a page of another site has a browser send.</summary>
/// <remarks>By <c>Sec-Fetch-Site</c>, which all browsers send to what they trust, and else by <c>Origin</c>; programs send neither, and are known by no session nor by a login at a proxy.
/// https://www.w3.org/TR/fetch-metadata/</remarks>
internal sealed class SameOrigin(RequestDelegate next)
{
    public Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        return HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) || HttpMethods.IsOptions(request.Method) || IsOwn(context)
            ? next(context)
            : Problems.Of(StatusCodes.Status403Forbidden, "The request was sent by a page of another site, which may change nothing here.").ExecuteAsync(context);
    }

    private static bool IsOwn(HttpContext context) => context.Request.Headers["Sec-Fetch-Site"] switch
    {
        [{ } site] => site is "same-origin" or "none",
        [] => (context.Request.Headers.Origin is [] && SessionCookie.In(context.Request) is null && !ProxyUsers.IsSaid(context))
            || (context.Request.Headers.Origin is [{ } origin] && Uri.TryCreate(origin, UriKind.Absolute, out var uri) && uri.Authority == context.Request.Host.Value),
        _ => false,
    };
}
