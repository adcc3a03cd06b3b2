using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;
using TaskQueue.Web.Once;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.Functions;

/// <summary><c>POST /dispatch</c>: what Elastic Beanstalk's daemon (aws-sqsd) hands the messages of its SQS queue to.</summary>
/// <remarks>The daemon takes 200 for done, and deletes the message; it repeats it after anything else, also another 2xx.
/// https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features-managing-env-tiers.html</remarks>
/// <param name="submission">Sends the tasks.</param>
/// <param name="routes">The worker types by functions; others are not called.</param>
internal sealed class FunctionEndpoint(Submission submission, IReadOnlyDictionary<string, string> routes)
{
    private const string DaemonPrefix = "X-Aws-Sqsd-", IdHeader = DaemonPrefix + "Msgid";

    /// <summary>Adds it.</summary>
    public void Map(IEndpointRouteBuilder app) => app.MapPost("/dispatch", (Delegate)CallAsync).RequireAuthorization(nameof(WebRole.Operator))
        .WithSummary("Calls a function: a task for the worker type that [routes] says.")
        .WithDescription("200, and nothing else, says that the task is queued; with wait=1 that it is done. The same X-Aws-Sqsd-Msgid (or Idempotency-Key) within a day is one task.");

    private async Task<IResult> CallAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var values = new RequestValues(context.Request);
        values.RequireKnown(["wait"]);
        var wait = values.Text("wait") switch
        {
            null or "0" => (TimeSpan?)null,
            "1" => Submission.LongestWait,
            { } text => ConfigurationText.ReadDuration(text) is { } patience && patience <= Submission.LongestWait ? patience : throw Problems.Bad($"Parameter \"wait\" is \"{text}\": expected 1, or a duration up to 30m."),
        };
        var call = FunctionCall.Read(context.Request.Headers, await Submission.ReadBodyAsync(context.Request));
        if (!routes.TryGetValue(call.Function, out var type))
        {
            return Problems.Of(StatusCodes.Status404NotFound, $"Function \"{call.Function}\" is not in [routes], so nothing was called.");
        }

        var task = Submission.TaskOf(caller, type, call.Body, new EnqueueOptions { ContentType = "application/json", Headers = HeadersOf(context.Request) });
        var key = KeyOf(context.Request, type, call.Body.Span);
        if (wait is { } limit)
        {
            return await DoneAsync(task, key, limit, context.RequestAborted);
        }

        var id = await submission.SendAsync(task, key, context.RequestAborted);
        return Results.Json(new { id, type });
    }

    private async Task<IResult> DoneAsync(NewTask task, OnceKey? key, TimeSpan patience, CancellationToken cancellationToken)
    {
        try
        {
            var id = Submission.IdOf(task, key);
            return await submission.RunAsync(task.With(id), key, patience, cancellationToken) is { } result ? ResultAnswer.Of(result) : Results.Json(new { id, type = task.WorkerType });
        }
        catch (TaskFailedException e)
        {
            return Problems.Of(StatusCodes.Status502BadGateway, e.Message);
        }
        catch (TimeoutException e)
        {
            return Problems.Of(StatusCodes.Status504GatewayTimeout, e.Message);
        }
    }

    private static Dictionary<string, object?> HeadersOf(HttpRequest request) => request.Headers
        .Where(header => header.Key.StartsWith(DaemonPrefix, StringComparison.OrdinalIgnoreCase))
        .ToDictionary(header => header.Key.ToLowerInvariant(), header => (object?)header.Value.ToString(), StringComparer.Ordinal);

    // Not of the caller: other instances, whose tokens have other names, are to make the same id of it.
    private static OnceKey? KeyOf(HttpRequest request, string type, ReadOnlySpan<byte> body) =>
        OnceKey.TextIn(request.Headers, IdHeader) is { } id ? OnceKey.Of("sqsd", id, type, body)
        : OnceKey.TextIn(request.Headers) is { } key ? OnceKey.Of("dispatch", key, type, body)
        : null;
}
