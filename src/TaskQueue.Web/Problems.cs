using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using TaskQueue.Web.Pages;

namespace TaskQueue.Web;

/// <summary>Errors as RFC 9457 has them for programs, and pages for people.</summary>
internal static class Problems
{
    /// <summary>An error.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="detail">What is wrong, and the remedy.</param>
    /// <param name="more">Members of its own.</param>
    public static IResult Of(int status, string detail, IDictionary<string, object?>? more = null) => new Problem(status, detail, more);

    /// <summary>An error of the request, for the edge to answer with.</summary>
    public static BadHttpRequestException Bad(string detail, int status = StatusCodes.Status400BadRequest) => new(detail, status);

    private sealed class Problem(int status, string detail, IDictionary<string, object?>? more) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var result = PageAnswers.WantsPage(httpContext.Request)
                ? await httpContext.RequestServices.GetRequiredService<PageAnswers>().PageAsync(
                    httpContext, "", new PageContent(ReasonPhrases.GetReasonPhrase(status), typeof(ProblemLive), new ProblemModel(detail)) { Status = status })
                : Results.Problem(detail, statusCode: status, extensions: more);
            await result.ExecuteAsync(httpContext);
        }
    }
}
