using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;
using TaskQueue.Web.Actions;
using TaskQueue.Web.History;
using TaskQueue.Web.Once;
using TaskQueue.Web.Services;

namespace TaskQueue.Web.Tasks;

/// <summary><c>/api/v1/tasks</c>: sends tasks, tells where one is, and cancels it.</summary>
/// <param name="submission">Sends them.</param>
/// <param name="fleet">Knows where they are.</param>
/// <param name="actions">Cancels them.</param>
/// <param name="history">Knows what became of them, where that is kept.</param>
internal sealed class TaskEndpoints(Submission submission, ServiceFleet fleet, OperatorActions actions, TaskHistory? history)
{
    private const string IdHeader = "TaskQueue-Id";

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapPost("/tasks/{type}", SendAsync).RequireAuthorization(nameof(WebRole.Operator))
            .WithSummary("Sends a task.")
            .WithDescription("The body is the task's body, of any content type. 202 says that the broker has confirmed it. With wait (such as 30s) the result is waited for: 200 with it, 422 when the task fails, 202 when it takes longer.");
        api.MapPost("/tasks", (Delegate)SendManyAsync).RequireAuthorization(nameof(WebRole.Operator))
            .WithSummary("Sends many tasks.")
            .WithDescription("The body has a task in each line (application/x-ndjson): {\"type\": ..., \"body\": JSON, or \"text\" or \"base64\": text, and optionally \"id\", \"content_type\", \"delay\", \"at\", \"priority\", \"expires\", \"reply_to\", \"correlation_id\", \"headers\"}. When one of them is wrong none is sent.");
        api.MapGet("/tasks/{id}", FindAsync).RequireAuthorization(nameof(WebRole.Viewer))
            .WithSummary("Tells of a task: its state, where it runs and how far it is, and what the history has of it.")
            .WithDescription("What the pools that run say goes before what the history has, which is a moment older. \"coverage\" says what the history lacks in the time of the task.");
        api.MapDelete("/tasks/{id}", CancelAsync).RequireAuthorization(nameof(WebRole.Operator))
            .WithSummary("Cancels a task: one that runs is told to end, one that waits will not be started, wherever it shows up within a week.");
    }

    private async Task<IResult> SendAsync(HttpContext context, string type)
    {
        var caller = Caller.Of(context);
        var options = TaskOptions.Read(context.Request);
        var wait = new RequestValues(context.Request).Duration("wait");
        if (wait > Submission.LongestWait)
        {
            throw Problems.Bad($"Parameter \"wait\": expected at most {Submission.LongestWait.TotalMinutes} minutes.");
        }

        if (wait is not null && options.ReplyTo is not null)
        {
            throw Problems.Bad("Parameters \"wait\" and \"reply_to\" are both set: a result goes to one place.");
        }

        var body = await Submission.ReadBodyAsync(context.Request);
        var task = Submission.TaskOf(caller, type, body, options);
        var key = OnceKey.TextIn(context.Request.Headers) is { } text ? OnceKey.Of(caller.Name, text, type, body.Span) : null;
        if (wait is not { } patience)
        {
            return Accepted(context, await submission.SendAsync(task, key, context.RequestAborted), type);
        }

        var id = Submission.IdOf(task, key);
        try
        {
            return await submission.RunAsync(task.With(id), key, patience, context.RequestAborted) is { } result ? Result(context, result) : Accepted(context, id, type);
        }
        catch (TaskFailedException e)
        {
            context.Response.Headers[IdHeader] = ResultAnswer.Header(id);
            return Problems.Of(StatusCodes.Status422UnprocessableEntity, e.Message, new Dictionary<string, object?>(StringComparer.Ordinal) { ["id"] = id, ["outcome"] = e.Outcome, ["error"] = e.Error });
        }
        catch (TimeoutException)
        {
            return Accepted(context, id, type);
        }
    }

    private async Task<IResult> SendManyAsync(HttpContext context)
    {
        new RequestValues(context.Request).RequireKnown([]);
        var tasks = TaskLines.Read(Caller.Of(context), await Submission.ReadBodyAsync(context.Request));
        return Results.Json(new { ids = await submission.SendManyAsync(tasks, context.RequestAborted) }, statusCode: StatusCodes.Status202Accepted);
    }

    private async Task<IResult> FindAsync(HttpContext context, string id)
    {
        new RequestValues(context.Request).RequireKnown([]);
        var caller = Caller.Of(context);
        var past = history is null ? null : await history.FindAsync(caller, id, context.RequestAborted);

        // One that is done with is nobody's any more.
        var now = past is not null && history!.IsOver(past.Task) ? null : await fleet.FindTaskAsync(id, context.RequestAborted);
        if (now is { } other && !caller.MayUse(other.Task.WorkerType))
        {
            now = null;
        }

        if (past is null)
        {
            return now is { } found
                ? Results.Json(TaskJson.Of(found.Service, found.Task))
                : Problems.Of(StatusCodes.Status404NotFound, $"No pool that answers has task \"{id}\"{(history is null ? "" : ", nor has the history")}: it waits in a queue, has ended, or never was. \"taskqueue where\" looks into the queues.");
        }

        var told = HistoryJson.Of(past);
        if (now is { } here)
        {
            foreach (var (name, value) in JsonSerializer.SerializeToNode(TaskJson.Of(here.Service, here.Task))!.AsObject().Where(member => member.Value is not null).ToList())
            {
                told[name] = value!.DeepClone();
            }
        }

        told["coverage"] = JsonSerializer.SerializeToNode(await history!.CoverageAsync(past.Task.At, past.Task.StateAt, context.RequestAborted));
        return Results.Json(told);
    }

    private async Task<IResult> CancelAsync(HttpContext context, string id)
    {
        new RequestValues(context.Request).RequireKnown([]);
        var (told, _) = await actions.CancelAsync(context, id);
        return Results.Json(new { id, state = told is null ? "remembered" : told.Running ? "running" : "waiting", worker = told?.Worker, pid = told?.Pid }, statusCode: StatusCodes.Status202Accepted);
    }

    private static IResult Accepted(HttpContext context, string id, string type)
    {
        context.Response.Headers[IdHeader] = ResultAnswer.Header(id);
        return Results.Accepted($"{context.Request.PathBase}/api/v1/tasks/{Uri.EscapeDataString(id)}", new { id, type });
    }

    private static IResult Result(HttpContext context, TaskResult result)
    {
        context.Response.Headers[IdHeader] = ResultAnswer.Header(result.MessageId);
        return ResultAnswer.Of(result);
    }
}
