using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.Access;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.History;

/// <summary><c>/api/v1/history</c> and <c>/api/v1/tasks/{id}/result</c>: what became of tasks.</summary>
/// <param name="history">Knows it.</param>
internal sealed class HistoryEndpoints(TaskHistory history)
{
    private static readonly long[] Steps = [60, 300, 900, 3600, 21_600, 86_400];

    private static readonly TimeSpan UsualRange = TimeSpan.FromHours(1), LongestRange = TimeSpan.FromDays(31);

    private const int MostPoints = 3_000;

    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/history", (Delegate)ListAsync).RequireAuthorization(nameof(WebRole.Viewer))
            .WithSummary("Tasks of the past, the newest first.")
            .WithDescription("Filters: type, outcome, host, from and to (times such as 2027-01-31T18:30:00Z), id (its beginning), error (a text in it). limit is 1 to 500, 50 else. \"next\" goes on from there as before=; what is looked for long may be a page with few tasks, or none, and a \"next\". \"coverage\" says what the history lacks in that time.");
        api.MapGet("/history/counts", (Delegate)CountAsync).RequireAuthorization(nameof(WebRole.Viewer))
            .WithSummary("How many tasks there were, how they ended, how long they ran and waited.")
            .WithDescription("All tasks count, also those that the history tells nothing else of. type: only this worker type; by=type tells them apart; from and to, the last hour else; step in seconds, else as fits. Minutes are kept for 2 days, hours for 30.");
        api.MapGet("/tasks/{id}/result", ResultAsync).RequireAuthorization(nameof(WebRole.Viewer))
            .WithSummary("Waits for the end of a task.")
            .WithDescription("wait: for how long, such as 30s, up to 30m. 200 when it succeeded, with its result where the section has history_bodies; 422 when it failed for good; 202 when it is not over yet; 404 when the history knows nothing of it.");
    }

    private async Task<IResult> ListAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var query = HistoryQuery.Read(context.Request) with { Allowed = caller.Types };
        if (query.Type is { } type)
        {
            caller.RequireType(type);
        }

        var page = await history.Reader.FindAsync(query, context.RequestAborted);
        var newest = query.To ?? query.Before?.At + 1 ?? long.MaxValue;
        var oldest = page.Next?.At ?? query.From ?? (page.Tasks.Count > 0 ? page.Tasks[^1].At : 0);
        return Results.Json(new
        {
            tasks = page.Tasks.Select(HistoryJson.Of),
            next = page.Next?.ToString(),
            cut = page.IsCut,
            coverage = await history.CoverageAsync(oldest, newest, context.RequestAborted),
        });
    }

    private async Task<IResult> CountAsync(HttpContext context)
    {
        var caller = Caller.Of(context);
        var values = new RequestValues(context.Request);
        values.RequireKnown(["type", "from", "to", "step", "by"]);
        var type = values.Text("type");
        if (type is not null)
        {
            caller.RequireType(type);
        }

        if (values.Text("by") is { } by and not "type")
        {
            throw Problems.Bad($"Parameter \"by\" is \"{by}\": expected type.");
        }

        var to = (values.Instant("to") ?? TimeProvider.System.GetUtcNow()).ToUnixTimeSeconds();
        var from = values.Instant("from")?.ToUnixTimeSeconds() ?? to - (long)UsualRange.TotalSeconds;
        if (from >= to || to - from > LongestRange.TotalSeconds)
        {
            throw Problems.Bad($"Parameters \"from\" and \"to\": expected from to be before to, by at most {LongestRange.TotalDays} days.");
        }

        var step = values.Number("step", (int)Steps[0], (int)Steps[^1]) ?? Steps.First(step => step == Steps[^1] || (to - from) / step <= MostPoints / 10);
        if ((to - from) / step > MostPoints)
        {
            throw Problems.Bad($"Parameter \"step\": expected at least {(to - from + MostPoints - 1) / MostPoints} seconds for so long a time.");
        }

        var points = await history.Reader.CountsAsync(new CountQuery(from, to, step) { Type = type, ByType = values.Text("by") is not null, Allowed = caller.Types }, context.RequestAborted);
        return Results.Json(new
        {
            step_seconds = step,
            points = points.Select(point => new { at = HistoryJson.Time(point.Start * 1000), type = point.Type, counts = point.Counts, run = Quantiles(point.Run), wait = Quantiles(point.Wait) }),
            coverage = await history.CoverageAsync(from * 1000, to * 1000, context.RequestAborted),
        });
    }

    private async Task<IResult> ResultAsync(HttpContext context, string id)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown(["wait"]);
        var patience = values.Duration("wait") ?? TimeSpan.Zero;
        if (patience > Submission.LongestWait)
        {
            throw Problems.Bad($"Parameter \"wait\": expected at most {Submission.LongestWait.TotalMinutes} minutes.");
        }

        if (await history.EndOfAsync(Caller.Of(context), id, patience, context.RequestAborted) is not { } found)
        {
            return Problems.Of(StatusCodes.Status404NotFound, $"The history knows nothing of task \"{id}\": nobody has told of it yet, it is too long ago, or it is one of those that are not told of where there are many.");
        }

        var task = found.Task;
        if (!history.IsOver(task))
        {
            return Results.Accepted($"{context.Request.PathBase}/api/v1/tasks/{Uri.EscapeDataString(id)}", HistoryJson.Of(task));
        }

        return task.State == TaskStates.Succeeded
            ? Succeeded(found)
            : Problems.Of(
                StatusCodes.Status422UnprocessableEntity,
                $"The task has failed: {task.Error ?? task.Outcome ?? task.State}",
                new Dictionary<string, object?>(StringComparer.Ordinal) { ["id"] = id, ["outcome"] = task.Outcome, ["error"] = task.Error, ["state"] = task.State });
    }

    private static IResult Succeeded(TaskTimeline found)
    {
        var json = HistoryJson.Of(found.Task);
        json["result"] = HistoryJson.BodyOf(found, TaskEventKinds.Ended);
        return Results.Json(json);
    }

    private static object? Quantiles(long[] buckets)
    {
        return buckets.Sum() is > 0 and var count ? new { count, p50_milliseconds = Of(0.5), p95_milliseconds = Of(0.95), p99_milliseconds = Of(0.99) } : null;

        double Of(double share) => Math.Round(CountPoint.Quantile(buckets, share)!.Value.TotalMilliseconds, digits: 1);
    }
}
