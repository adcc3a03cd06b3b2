using Microsoft.AspNetCore.Http;

namespace TaskQueue.Web;

/// <summary>What answers a form: another page, which can be loaded anew without doing again what was done.</summary>
internal static class SeeOther
{
    /// <summary>303, with the address.</summary>
    public static IResult At(string address) => new Answer(address);

    private sealed class Answer(string address) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = StatusCodes.Status303SeeOther;
            httpContext.Response.Headers.Location = address;
            return Task.CompletedTask;
        }
    }
}
