using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Pages;

/// <summary>Hosts, their services, and the worker processes with what each does now.</summary>
/// <param name="fleet">The services.</param>
internal sealed class WorkersPage(FleetView fleet) : DashboardPage("/workers")
{
    // What a page can hold that is looked at.
    private const int MostWorkers = 300, MostServices = 100;

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var caller = request.Caller;
        var (asked, tasks) = (fleet.WorkersAsync(request.Stop), fleet.RunningAsync(request.Stop));
        var reports = await fleet.ReportsAsync(request.Stop);
        var workers = (await asked).ToDictionary(answer => answer.Service.Id, answer => answer.Workers, StringComparer.Ordinal);
        var running = (await tasks)
            .SelectMany(answer => answer.Tasks.Where(task => task is { Running: true, Worker: not null }).Select(task => (answer.Service.Id, task)))
            .ToLookup(found => (found.Id, found.task.Worker), found => found.task);
        var (left, all, lines) = (MostWorkers, 0, new List<ServiceLine>());
        foreach (var (service, report) in reports.OrderBy(report => report.Service.Host, StringComparer.Ordinal).ThenBy(report => report.Service.Kind, StringComparer.Ordinal).Take(MostServices))
        {
            var own = (workers.GetValueOrDefault(service.Id) ?? []).Where(worker => caller.MayUse(worker.WorkerType)).ToList();
            var shown = own.Take(left).Select(worker => (worker, (TaskReport?)running[(service.Id, worker.Worker)].FirstOrDefault())).ToList();
            (left, all) = (left - shown.Count, all + own.Count);
            lines.Add(new ServiceLine(
                service,
                report,
                [.. caller.ProblemsOf(report).Select(problem => problem.ToString())],
                [.. report.Types.Where(type => caller.MayUse(type.WorkerType))],
                shown));
        }

        return new PageContent("Workers", typeof(WorkersLive), new WorkersModel(lines) { Trouble = fleet.Trouble, Shown = MostWorkers - left, All = all });
    }
}
