using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace TaskQueue.Web.Pages;

/// <summary>Answers where the pages are.</summary>
/// <param name="pages">The pages.</param>
/// <param name="answers">Makes answers of them.</param>
internal sealed class PageEndpoints(IReadOnlyList<DashboardPage> pages, PageAnswers answers)
{
    /// <summary>What the addresses of changes begin with; the rest is the page's own.</summary>
    public const string LivePrefix = "/live";

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder app)
    {
        foreach (var page in pages)
        {
            app.MapGet(page.Path, context => AnswerAsync(context, page)).RequireAuthorization(page.Least.ToString()).ExcludeFromDescription();
        }
    }

    private async Task AnswerAsync(HttpContext context, DashboardPage page)
    {
        var result = AddressWithoutNothing(context.Request) is { } address
            ? Results.Redirect(address)
            : await PageAsync(context, page);
        await result.ExecuteAsync(context);
    }

    private async Task<IResult> PageAsync(HttpContext context, DashboardPage page)
    {
        var content = await page.LoadAsync(new PageRequest(context.Request, answers.FrameOf(context), context.RequestAborted));
        var live = content is { IsLive: true, Status: StatusCodes.Status200OK } ? $"{context.Request.PathBase.ToUriComponent()}{LivePrefix}{page.Path}{context.Request.QueryString.ToUriComponent()}" : null;
        return await answers.PageAsync(context, page.Path, content, live);
    }

    /// <summary>The same address without what a form has left empty, if it has; what stays can be kept and sent to others.</summary>
    private static string? AddressWithoutNothing(HttpRequest request) => request.Query.Any(value => value.Value is [null or ""])
        ? $"{request.PathBase.ToUriComponent()}{request.Path.ToUriComponent()}{QueryString.Create(request.Query.Where(value => value.Value is not [null or ""])).ToUriComponent()}"
        : null;
}
