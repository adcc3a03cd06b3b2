using Microsoft.AspNetCore.Http;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web;

/// <summary>What is answered where nothing is.</summary>
internal static class NoSuchPath
{
    /// <summary>404, with the way to what there is.</summary>
    public static IResult Answer(HttpContext context) =>
        Problems.Of(StatusCodes.Status404NotFound, PageAnswers.WantsPage(context.Request) ? "There is no such page." : $"There is nothing at this path; {context.Request.PathBase}/api/v1/openapi.json says what there is.");
}
