using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Pages;

/// <summary>What browsers are told of every answer, so that nothing in it that others have written can do anything.</summary>
internal static class PageSecurity
{
    /// <summary>Nothing but what is served here, nothing that stands in the page itself, no frames, and no forms to elsewhere.</summary>
    public const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

    // Not "no-referrer": browsers then say "Origin: null" of our own forms, which is what they say of those of others.
    // https://fetch.spec.whatwg.org/#append-a-request-origin-header
    private const string Referrers = "same-origin";

    /// <summary>Says so.</summary>
    public static void Protect(HttpResponse response)
    {
        // A page of another site that has this one in a frame, or takes an answer for a script, gets nothing from it.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = Policy;
        response.Headers["Referrer-Policy"] = Referrers;
        response.Headers.XFrameOptions = "DENY";
        response.Headers.CacheControl = "no-store";
    }
}
