using Microsoft.AspNetCore.Http;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Access;
using TaskQueue.Web.Aside;
using TaskQueue.Web.Audit;
using TaskQueue.Web.Services;

namespace TaskQueue.Web.Actions;

/// <summary>What callers have the services do, by the API and by pages alike; all of it is in the audit log.</summary>
/// <param name="fleet">The services.</param>
/// <param name="desk">What was set aside.</param>
/// <param name="audit">Who did what.</param>
internal sealed class OperatorActions(ServiceFleet fleet, AsideDesk desk, AuditLog audit)
{
    private const int LongestTarget = 500;

    /// <summary>Has services do something.</summary>
    /// <param name="context">The request of whoever wants it, and may.</param>
    /// <param name="request">What.</param>
    /// <returns>What each service has done, and the number of the audit log's entry.</returns>
    public Task<(SteeringOutcome Result, long? Entry)> SteerAsync(HttpContext context, ControlRequest request)
    {
        var entry = AuditEntry.Of(context, request.Command, request.Arguments(LongestTarget), AuditOutcomes.Done);
        return audit.DoAsync(entry, async () =>
        {
            var outcome = new SteeringOutcome(await fleet.SteerAsync(request, Caller.Of(context).Name, context.RequestAborted));
            return (outcome, entry with { Outcome = outcome.IsDone ? AuditOutcomes.Done : AuditOutcomes.NotDone, Count = outcome.Items.Count, Items = outcome.Items });
        });
    }

    /// <summary>Cancels a task.</summary>
    /// <param name="context">The request of whoever wants it.</param>
    /// <param name="id">The task.</param>
    /// <returns>What the pool that has it has done, if one has; and the number of the audit log's entry.</returns>
    /// <exception cref="BadHttpRequestException">The caller may not, or there are too many cancellations already.</exception>
    public async Task<(CancelReport? Result, long? Entry)> CancelAsync(HttpContext context, string id)
    {
        var caller = Caller.Of(context);

        // Where the task is, its type is known; where nobody has it, nobody can say whose it is.
        if (await fleet.FindTaskAsync(id, context.RequestAborted) is { } found)
        {
            caller.RequireType(found.Task.WorkerType);
        }
        else
        {
            caller.RequireAllTypes();
        }

        var entry = AuditEntry.Of(context, ControlCommands.Cancel, id, AuditOutcomes.Done) with { Count = 1 };
        return await audit.DoAsync(entry, async () =>
        {
            var told = await fleet.CancelAsync(id, caller.Name, context.RequestAborted);
            return (told, entry with { Items = [new AuditItem(id, IsDone: true, TextOf(told))] });
        });
    }

    /// <summary>Deletes the tasks that wait in the queue of a worker type.</summary>
    /// <param name="context">The request of whoever wants it, and may.</param>
    /// <param name="type">The worker type.</param>
    /// <returns>The queue, how many those were (<see langword="null"/> when there is no such queue), and the number of the audit log's entry.</returns>
    public async Task<(string Queue, long? Deleted, long? Entry)> PurgeAsync(HttpContext context, string type)
    {
        var queue = fleet.QueueOf(type);
        var entry = AuditEntry.Of(context, ActionKind.Purge, type, AuditOutcomes.Done);
        var (deleted, number) = await audit.DoAsync(entry, async () =>
        {
            var count = await fleet.PurgeAsync(type, context.RequestAborted);
            return (count, entry with
            {
                Count = count ?? 0,
                Outcome = count is null ? AuditOutcomes.NotDone : AuditOutcomes.Done,
                Items = [new AuditItem(queue, count is not null, count is null ? "There is no such queue." : $"{Quantity.Of(count.Value, "task")} deleted")],
            });
        });
        return (queue, deleted, number);
    }

    /// <summary>Sends messages that were set aside back where they came from, or deletes them.</summary>
    /// <param name="context">The request of whoever wants it, and may.</param>
    /// <param name="filter">Which.</param>
    /// <param name="isDeleting">Whether to delete them.</param>
    /// <param name="ignoresDeliveryLimit">Whether to look where that counts.</param>
    /// <returns>What was done, and the number of the audit log's entry.</returns>
    public Task<(AsideChange Result, long? Entry)> RemoveAsync(HttpContext context, AsideFilter filter, bool isDeleting, bool ignoresDeliveryLimit)
    {
        var entry = AuditEntry.Of(context, isDeleting ? "delete" : filter.Kind.Back, filter.ToString(), AuditOutcomes.Done);
        return audit.DoAsync(entry, async () =>
        {
            // What is let go all of it counts no look.
            var change = await desk.RemoveAsync(filter, Caller.Of(context), isDeleting, filter.IsEverything || ignoresDeliveryLimit, context.RequestAborted);
            return (change, entry with { Count = change.Count, Outcome = change.IsWhole ? AuditOutcomes.Done : AuditOutcomes.NotDone, Items = [.. ItemsOf(change, isDeleting)] });
        });
    }

    /// <summary>What became of each message, what was not done first.</summary>
    public static IEnumerable<AuditItem> ItemsOf(AsideChange change, bool isDeleting) =>
    [
        .. change.Queues.Where(queue => queue.Removal.Failure is not null).Select(queue => new AuditItem(queue.Queue.Name, IsDone: false, $"{queue.Queue.Home} did not take all: {AsideRemoval.WordsFor(queue.Removal.Failure!.Value)}")),
        .. change.NotFound.Select(id => new AuditItem(id, IsDone: false, "is not there")),
        .. change.Queues.SelectMany(queue => queue.Removal.Kept.Select(cancelled => new AuditItem(cancelled.Id, IsDone: false, $"stays: it was cancelled by {cancelled.By}"))),
        .. change.Queues.SelectMany(queue => queue.Removal.Ids.Select(id => new AuditItem(id, IsDone: true, isDeleting ? $"deleted from {queue.Queue.Name}" : $"sent to {queue.Queue.Home}"))),
        .. change.IsCut ? [new AuditItem("", IsDone: false, "There was no time for all; do it again.")] : (AuditItem[])[],
    ];

    private static string TextOf(CancelReport? told) => told switch
    {
        null => "No pool has it now; it will not be started, wherever it shows up within a week.",
        { Running: true } => $"It runs ({told.Worker}, pid {told.Pid}), and was told to end.",
        _ => "It waits in a pool, and will not be started.",
    };
}

/// <summary>What services have done.</summary>
/// <param name="Answers">Each of them.</param>
internal sealed record SteeringOutcome(IReadOnlyList<(ServiceIdentity Service, SteeringReport? Report, string? Error)> Answers)
{
    /// <summary>Whether a service did it and none refused.</summary>
    public bool IsDone => Answers.Any(answer => answer.Report?.Done == true) && Answers.All(answer => answer.Error is null);

    /// <summary>What each has made of it; those whom it does not concern are left out where it concerns others.</summary>
    public IReadOnlyList<AuditItem> Items
    {
        get
        {
            var concerned = Answers.Where(answer => answer.Error is not null || answer.Report?.Done == true).ToList();
            return [.. (concerned.Count > 0 ? concerned : Answers).Select(answer => new AuditItem(answer.Service.ToString(), answer is { Error: null, Report.Done: true }, answer.Error ?? answer.Report?.Text ?? ""))];
        }
    }
}
