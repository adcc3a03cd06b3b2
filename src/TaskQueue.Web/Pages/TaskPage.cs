using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.Access;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>A task: all that has happened to it over its runs and hosts, and what it waits for.</summary>
/// <remarks>Its id is in the query: ids are their publishers', and not all of them can be a part of a path.</remarks>
/// <param name="fleet">Knows where it is.</param>
/// <param name="history">Knows what became of it, where that is kept.</param>
internal sealed class TaskPage(FleetView fleet, TaskHistory? history) : DashboardPage("/task")
{
    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var id = request.Value("id") ?? throw Problems.Bad("Parameter \"id\" is missing: expected the id of a task.");
        var caller = request.Caller;
        TaskTimeline? past = null;
        IReadOnlyList<string> lacks = [];
        if (history is not null)
        {
            past = await history.FindAsync(caller, id, request.Stop);
            lacks = past is null ? [] : CoverageText.Of(await history.Reader.CoverageAsync(past.Task.At, past.Task.StateAt + 1, request.Stop), history.Trouble);
        }

        var isOver = past is not null && history!.IsOver(past.Task);
        var now = isOver ? null : await NowAsync(caller, id, request.Stop);
        if (past is null && now is null)
        {
            throw Problems.Bad(
                $"Nothing is known of task \"{Say.Shortened(id)}\": it waits in a queue, ended long ago, or never was. \"taskqueue where\" looks into the queues.", StatusCodes.Status404NotFound);
        }

        var model = new TaskModel(id)
        {
            Past = past,
            Now = now,
            IsOpen = !isOver,
            Steps = past is null ? [] : [.. past.Events.Select(TaskStep.Of)],
            Headers = HeadersOf(past),
            Body = TaskBody.Of(past, TaskEventKinds.Started),
            Result = TaskBody.Of(past, TaskEventKinds.Ended),
            Lacks = lacks,
            HasHistory = history is not null,
        };
        return new PageContent("Task", typeof(TaskLive), model with { Why = isOver ? null : await WhyAsync(model, request.Stop) });
    }

    private static IReadOnlyList<(string Name, string Value)> HeadersOf(TaskTimeline? past) =>
        past?.Events.LastOrDefault(told => told.Kind == TaskEventKinds.Started && told.Details["headers"] is JsonObject)?.Details["headers"] is JsonObject headers
            ? [.. headers.Select(header => (Say.Shortened(header.Key), Say.Shortened(header.Value?.ToString(), TaskEvent.LongestHeader)))]
            : [];

    private async Task<(ServiceIdentity Service, TaskReport Task)?> NowAsync(Caller caller, string id, CancellationToken stop)
    {
        foreach (var (service, tasks) in await fleet.RunningAsync(stop))
        {
            if (tasks.Find(task => task.Id == id && caller.MayUse(task.WorkerType)) is { } task)
            {
                return (service, task);
            }
        }

        return null;
    }

    private async Task<string?> WhyAsync(TaskModel model, CancellationToken stop)
    {
        if (model.Now is var (service, task))
        {
            return task switch
            {
                { CancelledBy: { } by } => $"It was cancelled by {Say.Shortened(by)} and is about to end.",
                { Unsettled: true } => $"It has run on {service.Host}; the broker does not take what became of it for now.",
                { Running: true } => $"{Say.Shortened(task.Worker)} (pid {task.Pid}, user {Say.Shortened(task.User)}) on {Say.Shortened(service.Host)} runs it{(task.Message is { } message ? $": {Say.Shortened(message)}" : "")}{(task.Fraction is { } fraction ? $", {Say.Percent(fraction)} done" : "")}.",
                _ => $"It waits on {Say.Shortened(service.Host)} for a worker of its type that is free.",
            };
        }

        if (fleet.Trouble is { } trouble)
        {
            return trouble;
        }

        var types = (await fleet.ReportsAsync(stop)).SelectMany(report => report.Report.Types).Where(type => type.WorkerType == model.Type).ToList();
        return model.State switch
        {
            TaskStates.Waiting when types.Count == 0 => "It waits in the queue of its worker type; no pool that answers serves that.",
            TaskStates.Waiting when types.TrueForAll(type => type.Paused) => "It waits in the queue of its worker type, which is paused.",
            TaskStates.Waiting when types.Find(type => type.Trouble is not null) is { } troubled => $"It waits in the queue of its worker type: {Say.Shortened(troubled.Trouble)}",
            TaskStates.Waiting when types.Sum(type => type.Ready) == 0 => "It waits in the queue of its worker type; no worker of that is ready.",
            TaskStates.Waiting => $"It waits in the queue of its worker type for one of {Say.Count(types.Sum(type => type.Ready), "worker", "workers")}, of which {types.Sum(type => type.Running)} are busy.",
            TaskStates.Delayed => "It is kept from the workers until its time has come.",
            TaskStates.Unroutable => "It waits for a pool that serves its worker type; none ever has.",
            TaskStates.Running => "It was running when it was last heard of; no pool that answers has it now.",
            _ => null,
        };
    }
}
