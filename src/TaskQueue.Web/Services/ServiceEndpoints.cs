using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.Access;
using TaskQueue.Web.Actions;
using TaskQueue.Web.History;
using TaskQueue.Web.Tasks;

namespace TaskQueue.Web.Services;

/// <summary>Queues, hosts, workers and running tasks, and what can be done to worker types and services.</summary>
/// <param name="fleet">The running services.</param>
/// <param name="actions">Steers them.</param>
internal sealed class ServiceEndpoints(ServiceFleet fleet, OperatorActions actions)
{
    /// <summary>Adds them.</summary>
    public void Map(IEndpointRouteBuilder api)
    {
        api.MapGet("/queues", (Delegate)QueuesAsync).RequireAuthorization(nameof(WebRole.Viewer)).WithSummary("The system's queues: what waits in them, and how many take from them.");
        api.MapGet("/hosts", (Delegate)HostsAsync).RequireAuthorization(nameof(WebRole.Viewer)).WithSummary("The services that answer, with what keeps them from their work and the worker types they serve.");
        api.MapGet("/workers", (Delegate)WorkersAsync).RequireAuthorization(nameof(WebRole.Viewer)).WithSummary("The worker processes of all pools.");
        api.MapGet("/tasks", (Delegate)RunningAsync).RequireAuthorization(nameof(WebRole.Viewer)).WithSummary("The tasks that pools have: those that run, and those that wait for their workers. With type only those of one worker type.");
        api.MapPost("/types/{type}/pause", (HttpContext context, string type) => SteerTypeAsync(context, ControlCommands.Pause, type)).RequireAuthorization(nameof(WebRole.Operator))
            .WithSummary("Has pools take no tasks of a worker type, until it is resumed or they start anew. With host only one host's.");
        api.MapPost("/types/{type}/resume", (HttpContext context, string type) => SteerTypeAsync(context, ControlCommands.Resume, type)).RequireAuthorization(nameof(WebRole.Operator))
            .WithSummary("Has pools take tasks of a worker type again.");
        api.MapPost("/types/{type}/purge", PurgeAsync).RequireAuthorization(nameof(WebRole.Admin))
            .WithSummary("Deletes the tasks that wait in the queue of a worker type. What pools have already goes on.");
        api.MapPost("/types/{type}/scale", ScaleAsync).RequireAuthorization(nameof(WebRole.Admin))
            .WithSummary("Runs another number of workers of a type on each pool, until its next reload. Needs workers; group and host are possible.");
        api.MapPost("/reload", (Delegate)ReloadAsync).RequireAuthorization(nameof(WebRole.Admin)).WithSummary("Has services read their configuration and plugins again. With host only one host's.");
    }

    private async Task<IResult> QueuesAsync(HttpContext context)
    {
        new RequestValues(context.Request).RequireKnown([]);
        var caller = Caller.Of(context);
        var queues = await fleet.QueuesAsync((await fleet.WorkerTypesAsync(context.RequestAborted)).Where(caller.MayUse), missing: TimeSpan.Zero, context.RequestAborted);
        return Results.Json(new { queues = queues.Select(queue => new { name = queue.Name, type = queue.WorkerType, ready = queue.State.Ready, consumers = queue.State.Consumers }) });
    }

    private async Task<IResult> HostsAsync(HttpContext context)
    {
        new RequestValues(context.Request).RequireKnown([]);
        var caller = Caller.Of(context);
        return Results.Json(new
        {
            services = (await fleet.ReportsAsync(context.RequestAborted)).Select(answer => new
            {
                kind = answer.Service.Kind,
                host = answer.Service.Host,
                pid = answer.Service.Pid,
                version = answer.Report.Version,
                started = answer.Report.Started,
                broker = answer.Report.Broker,
                trouble = answer.Report.Trouble,
                problems = caller.ProblemsOf(answer.Report).Select(problem => problem.ToString()),
                types = answer.Report.Types.Where(type => caller.MayUse(type.WorkerType)).Select(type => new
                {
                    type = type.WorkerType,
                    workers = type.Workers,
                    ready = type.Ready,
                    running = type.Running,
                    waiting = type.Waiting,
                    oldest = TaskEvent.PublishedAt(type.OldestPublished) is { } published ? HistoryJson.Time(published) : null,
                    paused = type.Paused,
                }),
            }),
        });
    }

    private async Task<IResult> WorkersAsync(HttpContext context)
    {
        new RequestValues(context.Request).RequireKnown([]);
        var caller = Caller.Of(context);
        return Results.Json(new
        {
            workers = (await fleet.WorkersAsync(context.RequestAborted)).SelectMany(answer => answer.Workers.Where(worker => caller.MayUse(worker.WorkerType)).Select(worker => new
            {
                host = answer.Service.Host,
                worker = worker.Worker,
                type = worker.WorkerType,
                state = worker.State,
                pid = worker.Pid,
                user = worker.User,
                uptime_milliseconds = worker.UptimeMilliseconds,
                running = worker.Running,
                waiting = worker.Waiting,
                ended = worker.Ended,
                problem = worker.Problem,
            })),
        });
    }

    private async Task<IResult> RunningAsync(HttpContext context)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown(["type"]);
        var caller = Caller.Of(context);
        return Results.Json(new
        {
            tasks = (await fleet.RunningAsync(values.Text("type"), context.RequestAborted)).SelectMany(answer => answer.Tasks.Where(task => caller.MayUse(task.WorkerType)).Select(task => TaskJson.Of(answer.Service, task))),
        });
    }

    private Task<IResult> SteerTypeAsync(HttpContext context, string command, string type)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown(["host"]);
        Caller.Of(context).RequireType(type);
        return SteerAsync(context, new ControlRequest(command).With("type", type).With("host", values.Text("host")));
    }

    private Task<IResult> ScaleAsync(HttpContext context, string type)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown(["workers", "group", "host"]);
        Caller.Of(context).RequireType(type);
        var workers = values.Number("workers", from: 0, ControlCommands.MostWorkers) ?? throw Problems.Bad($"Parameter \"workers\" is missing: expected a number from 0 to {ControlCommands.MostWorkers}.");
        return SteerAsync(context, new ControlRequest(ControlCommands.Scale).With("type", type).With("workers", workers).With("group", values.Text("group")).With("host", values.Text("host")));
    }

    private async Task<IResult> PurgeAsync(HttpContext context, string type)
    {
        new RequestValues(context.Request).RequireKnown([]);
        Caller.Of(context).RequireType(type);
        var (queue, deleted, _) = await actions.PurgeAsync(context, type);
        return deleted is null ? throw Problems.Bad($"There is no queue {queue}.", StatusCodes.Status404NotFound) : Results.Json(new { queue, deleted });
    }

    private Task<IResult> ReloadAsync(HttpContext context)
    {
        var values = new RequestValues(context.Request);
        values.RequireKnown(["host"]);
        Caller.Of(context).RequireAllTypes();
        return SteerAsync(context, new ControlRequest(ControlCommands.Reload).With("host", values.Text("host")));
    }

    /// <summary>Has it done, and says by whom: 200 when a service did it and none refused, else 409.</summary>
    private async Task<IResult> SteerAsync(HttpContext context, ControlRequest request)
    {
        var (outcome, _) = await actions.SteerAsync(context, request);
        return Results.Json(
            new { services = outcome.Answers.Select(answer => new { kind = answer.Service.Kind, host = answer.Service.Host, pid = answer.Service.Pid, done = answer.Report?.Done ?? false, text = answer.Report?.Text, error = answer.Error }) },
            statusCode: outcome.IsDone ? StatusCodes.Status200OK : StatusCodes.Status409Conflict);
    }
}
