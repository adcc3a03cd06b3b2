using Microsoft.AspNetCore.OpenApi;
using TaskQueue.Configuration;

namespace TaskQueue.Web;

/// <summary>What the OpenAPI document says of the API as a whole.</summary>
internal static class ApiDescription
{
    /// <summary>Adds it.</summary>
    public static void Describe(OpenApiOptions options) => options.AddDocumentTransformer((document, _, _) =>
    {
        document.Info = new()
        {
            Title = "TaskQueue",
            Version = ProgramVersion.Line(),
            Description = "Sends tasks, tells of them and of the services, and steers these. Errors are application/problem+json (RFC 9457).",
        };
        return Task.CompletedTask;
    });
}
