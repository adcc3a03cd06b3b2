using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.Pages;

/// <summary>The system's queues: what waits, who takes it, how fast that goes.</summary>
/// <param name="fleet">The services and queues.</param>
/// <param name="activity">The last hour.</param>
/// <param name="queues">Names the queues.</param>
internal sealed class QueuesPage(FleetView fleet, ActivityView activity, QueueNames queues) : DashboardPage("/queues")
{
    private const int Most = 300;

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var caller = request.Caller;
        var types = (await fleet.ReportsAsync(request.Stop)).SelectMany(report => report.Report.Types).Where(type => caller.MayUse(type.WorkerType))
            .GroupBy(type => type.WorkerType, StringComparer.Ordinal)
            .ToDictionary(same => same.Key, same => new QueueType(same.Count(), same.Count(type => type.Paused), same.Sum(type => type.Waiting), same.Sum(type => type.Running)) { Oldest = same.Min(type => TaskEvent.PublishedAt(type.OldestPublished)) }, StringComparer.Ordinal);
        var lines = (await fleet.QueuesAsync(request.Stop)).Where(queue => queue.WorkerType is null || caller.MayUse(queue.WorkerType))
            .Select(queue => new QueueLine(queue.Name, KindOf(queue.Name, queue.WorkerType), queue.State.Ready, queue.State.Consumers) { Type = queue.WorkerType is { } type && queue.Name == queues.Worker(type) ? type : null })
            .ToList();
        return new PageContent("Queues", typeof(QueuesLive), new QueuesModel([.. lines.Take(Most)], types, await activity.GetAsync(caller, request.Stop))
        {
            More = Math.Max(0, lines.Count - Most),
            Trouble = fleet.Trouble,
        });
    }

    private string KindOf(string name, string? type) => (name, type) switch
    {
        (_, { } owner) when name == queues.Buried(owner) => "failed for good",
        (_, not null) => "tasks of a type",
        _ when name == queues.TaskQueue => "to be dispatched",
        _ when name == queues.Unroutable => "no pool serves them",
        _ when name == queues.Rejected => "could not be dispatched",
        _ => "results",
    };
}
