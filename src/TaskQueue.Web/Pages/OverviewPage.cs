using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Web.Access;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>The overview: what goes on, and what needs a person.</summary>
/// <param name="fleet">The services and queues.</param>
/// <param name="activity">The last hour.</param>
/// <param name="history">Knows which services have gone, where it is kept.</param>
/// <param name="queues">Names the queues.</param>
internal sealed class OverviewPage(FleetView fleet, ActivityView activity, TaskHistory? history, QueueNames queues) : DashboardPage("/")
{
    private const int MostFailures = 8, MostTypes = 200, MostAttention = 50;

    private static readonly TimeSpan GoneWithin = TimeSpan.FromDays(1);

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var caller = request.Caller;
        var reports = await fleet.ReportsAsync(request.Stop);
        var depths = await fleet.QueuesAsync(request.Stop);
        var hour = await activity.GetAsync(caller, request.Stop);
        var types = TypesOf(reports, depths, hour, caller);
        var model = new OverviewModel(
            hour,
            [.. types.Take(MostTypes)],
            [.. (await AttentionAsync(request, reports, depths, types)).Take(MostAttention)],
            [.. reports.SelectMany(report => report.Report.Failures).Where(failure => caller.MayUse(failure.WorkerType)).OrderByDescending(failure => failure.Time).Take(MostFailures)])
        {
            MoreTypes = Math.Max(0, types.Count - MostTypes),
            IsConnected = fleet.Trouble is null,
            HasHistory = history is not null,
            Hosts = reports.Select(report => report.Service.Host).Distinct(StringComparer.Ordinal).Count(),
            Backlog = types.Sum(type => type.Backlog) + (caller.Types is null ? DepthOf(depths, queues.TaskQueue) : 0),
        };
        return new PageContent("Overview", typeof(OverviewLive), model);
    }

    private List<TypeOverview> TypesOf(
        IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> reports, IReadOnlyList<(string Name, string? WorkerType, QueueState State)> depths, Activity hour, Caller caller)
    {
        var served = reports.SelectMany(report => report.Report.Types).ToLookup(type => type.WorkerType, StringComparer.Ordinal);
        return [.. served.Select(type => type.Key).Concat(depths.Select(queue => queue.WorkerType).OfType<string>()).Concat(hour.Types.Keys)
            .Distinct(StringComparer.Ordinal).Where(caller.MayUse).Order(StringComparer.Ordinal)
            .Select(type => new TypeOverview(type, hour.Types.GetValueOrDefault(type) ?? new TypeActivity())
            {
                Workers = served[type].Sum(report => report.Workers),
                Ready = served[type].Sum(report => report.Ready),
                Running = served[type].Sum(report => report.Running),
                Backlog = served[type].Sum(report => report.Waiting) + DepthOf(depths, queues.Worker(type)),
                IsPaused = served[type].Any(report => report.Paused),
            })];
    }

    private async Task<List<AttentionItem>> AttentionAsync(
        PageRequest request, IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> reports, IReadOnlyList<(string Name, string? WorkerType, QueueState State)> depths, List<TypeOverview> types)
    {
        var caller = request.Caller;
        var items = new List<AttentionItem>();
        if (fleet.Trouble is { } trouble)
        {
            items.Add(new AttentionItem("bad", trouble));
        }
        else
        {
            foreach (var (kind, what) in (ReadOnlySpan<(string, string)>)[("dispatcher", "No dispatcher answers: what is sent waits."), ("workerpool", "No pool answers: nothing runs.")])
            {
                if (!reports.Any(report => report.Service.Kind == kind))
                {
                    items.Add(new AttentionItem("bad", what) { Path = "/workers" });
                }
            }
        }

        items.AddRange(reports.Where(report => report.Report.Trouble is not null).Select(report => new AttentionItem("bad", $"{report.Service}: {Say.Shortened(report.Report.Trouble)}") { Path = "/workers" }));
        items.AddRange(reports
            .SelectMany(report => caller.ProblemsOf(report.Report).Select(problem => (report.Service.Host, problem)))
            .GroupBy(found => found.problem.ToString(), StringComparer.Ordinal)
            .Select(same => new AttentionItem("bad", $"{Hosts([.. same.Select(found => found.Host).Distinct(StringComparer.Ordinal)])}: {Say.Shortened(same.Key, most: 400)}") { Path = "/workers" }));
        items.AddRange(await GoneAsync(reports, request));
        foreach (var queue in depths.Where(queue => queue.State.Ready > 0 && (queue.WorkerType is null ? caller.Types is null : caller.MayUse(queue.WorkerType))))
        {
            var (depth, text) = (queue.State.Ready, Say.Count(queue.State.Ready, "task", "tasks"));
            if (queue.WorkerType is { } type && queue.Name == queues.Buried(type))
            {
                items.Add(new AttentionItem("warn", $"{text} of {type} {(depth == 1 ? "has" : "have")} failed for good and {(depth == 1 ? "is" : "are")} buried.") { Path = "/buried?type=" + Uri.EscapeDataString(type) });
            }
            else if (queue.Name == queues.Rejected)
            {
                items.Add(new AttentionItem("warn", $"{text} could not be dispatched and {(depth == 1 ? "waits" : "wait")} in {queue.Name}.") { Path = "/rejected" });
            }
            else if (queue.Name == queues.Unroutable)
            {
                items.Add(new AttentionItem("warn", $"{text} {(depth == 1 ? "is" : "are")} for worker types that no pool has ever served.") { Path = "/unroutable" });
            }
        }

        items.AddRange(types.Where(type => type is { IsPaused: true, Backlog: > 0 }).Select(type => new AttentionItem("warn", $"{type.Type} is paused, and {Say.Count(type.Backlog, "task waits", "tasks wait")}.") { Path = "/queues" }));
        return items;
    }

    private async Task<IEnumerable<AttentionItem>> GoneAsync(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> reports, PageRequest request)
    {
        if (history is null || fleet.Trouble is not null)
        {
            return [];
        }

        try
        {
            var here = reports.Select(report => (report.Service.Kind, report.Service.Host)).ToHashSet();
            return (await history.Reader.ServicesAsync((request.Frame.Now - GoneWithin).ToUnixTimeMilliseconds(), request.Stop))
                .Where(told => !here.Contains((told.Service, told.Host)))
                .Select(told => new AttentionItem("bad", $"{Say.Shortened(told.Service)} on {Say.Shortened(told.Host)} has gone without a word; it last told something at {Say.Absolute(HistoryJson.Instant(told.Sent))}.") { Path = "/workers" });
        }
        catch (HistoryUnreadableException)
        {
            // The note on what the history lacks says so.
            return [];
        }
    }

    private static string Hosts(IReadOnlyList<string> hosts) => hosts.Count <= 3 ? string.Join(", ", hosts) : $"{hosts[0]}, {hosts[1]} and {hosts.Count - 2} more hosts";

    private static long DepthOf(IReadOnlyList<(string Name, string? WorkerType, QueueState State)> depths, string name) => depths.FirstOrDefault(queue => queue.Name == name).State?.Ready ?? 0;
}
