using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web;

/// <summary>Errors as RFC 9457 has them.</summary>
internal static class Problems
{
    /// <summary>An error.</summary>
    /// <param name="status">The status code.</param>
    /// <param name="detail">What is wrong, and the remedy.</param>
    /// <param name="more">Members of its own.</param>
    public static IResult Of(int status, string detail, IDictionary<string, object?>? more = null) => Results.Problem(detail, statusCode: status, extensions: more);

    /// <summary>An error of the request, for the edge to answer with.</summary>
    public static BadHttpRequestException Bad(string detail, int status = StatusCodes.Status400BadRequest) => new(detail, status);
}
