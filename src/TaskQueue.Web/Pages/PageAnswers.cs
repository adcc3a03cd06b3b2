using System.Text;
using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web.Pages;

/// <summary>Answers with pages.</summary>
/// <param name="renderer">Makes their HTML.</param>
/// <param name="hasLogin">Whether callers are known by tokens.</param>
/// <param name="time">The clock.</param>
internal sealed class PageAnswers(PageRenderer renderer, bool hasLogin, TimeProvider time)
{
    private const string ContentType = "text/html; charset=utf-8";

    /// <summary>For whom a page is.</summary>
    public PageFrame FrameOf(HttpContext context) => PageFrame.Of(context, time.GetUtcNow(), hasLogin);

    /// <summary>A page.</summary>
    /// <param name="context">The request.</param>
    /// <param name="path">Where the page is, by which the navigation marks it.</param>
    /// <param name="content">What it shows.</param>
    /// <param name="liveAddress">The address of its changes, where it has some.</param>
    public async Task<IResult> PageAsync(HttpContext context, string path, PageContent content, string? liveAddress = null)
    {
        var layout = new PageLayout(content.Title, path, content.Live) { Head = content.Head, LiveAddress = liveAddress };
        var html = await renderer.RenderAsync<Layout>(layout, FrameOf(context), content.Model);
        return Results.Text(html, ContentType, Encoding.UTF8, content.Status);
    }

    /// <summary>What changes in a page, by itself.</summary>
    public Task<string> PartAsync(PageContent content, PageFrame frame) => renderer.RenderAsync(content.Live, frame, content.Model);

    /// <summary>Whether a request is of a browser that wants to show its answer.</summary>
    public static bool WantsPage(HttpRequest request) =>
        !request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
        && request.Headers.Accept.Any(accept => accept?.Contains("text/html", StringComparison.OrdinalIgnoreCase) == true);
}
