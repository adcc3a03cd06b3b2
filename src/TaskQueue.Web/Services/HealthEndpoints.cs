using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Services;

/// <summary><c>/healthz</c> and <c>/readyz</c>, for those who look after the service; anybody may ask.</summary>
internal static class HealthEndpoints
{
    /// <summary>Adds them.</summary>
    public static void MapHealth(this IEndpointRouteBuilder app, IBroker broker)
    {
        app.MapGet("/healthz", () => Answer(reason: null)).AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();
        app.MapGet("/readyz", () => Answer(broker.Health is { IsHealthy: false } health ? $"the broker: {health.Reason}" : null)).AllowAnonymous().DisableRateLimiting().ExcludeFromDescription();
    }

    private static IResult Answer(string? reason) => Results.Json(
        new { status = reason is null ? "ok" : "failing", reasons = reason is null ? [] : (string[])[reason] },
        statusCode: reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable);
}
