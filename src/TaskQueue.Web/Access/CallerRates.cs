using System.Globalization;
using System.Threading.RateLimiting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace TaskQueue.Web.Access;

/// <summary>Bounds how many requests one caller makes.</summary>
internal static class CallerRates
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);

    /// <summary>Adds the limit.</summary>
    /// <param name="services">The services of a web application.</param>
    /// <param name="requestsPerSecond">How many for long; twice as many for a moment. 0 for any number.</param>
    public static void AddCallerRates(this IServiceCollection services, int requestsPerSecond) => services.AddRateLimiter(options =>
    {
        if (requestsPerSecond == 0)
        {
            return;
        }

        options.GlobalLimiter = PartitionedRateLimiter.Create<HttpContext, string>(context => RateLimitPartition.GetTokenBucketLimiter(
            Caller.In(context)?.Name ?? $"from {context.Connection.RemoteIpAddress}",
            _ => new TokenBucketRateLimiterOptions
            {
                TokenLimit = 2 * requestsPerSecond,
                TokensPerPeriod = (int)Math.Max(1, requestsPerSecond * Period.TotalSeconds),
                ReplenishmentPeriod = Period * Math.Max(1, 1 / (requestsPerSecond * Period.TotalSeconds)),
            }));
        options.OnRejected = async (rejected, _) =>
        {
            var wait = rejected.Lease.TryGetMetadata(MetadataName.RetryAfter, out var time) ? Math.Ceiling(time.TotalSeconds) : 1;
            rejected.HttpContext.Response.Headers.RetryAfter = wait.ToString(CultureInfo.InvariantCulture);
            await Problems.Of(StatusCodes.Status429TooManyRequests, $"More than {requestsPerSecond} requests a second; [web] rate says how many one caller may make.").ExecuteAsync(rejected.HttpContext);
        };
    });
}
