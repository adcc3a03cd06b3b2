using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Web.Actions;

namespace TaskQueue.Web.Pages;

/// <summary>Asks before something is done.</summary>
/// <param name="fleet">Knows what it concerns.</param>
/// <param name="names">Names the queues.</param>
internal sealed class ActPage(FleetView fleet, QueueNames names) : DashboardPage(ActPath, WebRole.Operator)
{
    /// <summary>Where it is; a form sent there does it.</summary>
    public const string ActPath = "/act";

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var form = ActionForm.Read(request.Value);
        form.Require(request.Caller);
        if (form is { Kind.NeedsWorkers: true, Workers: null, Host: not null })
        {
            // What it is now is where a person begins to think.
            form = form with { Workers = (await fleet.ReportsAsync(request.Stop)).Where(report => report.Service.Host == form.Host).SelectMany(report => report.Report.Types).FirstOrDefault(type => type.WorkerType == form.Type)?.Workers };
        }

        var (concerns, count) = form.Kind.NeedsId ? await TaskAsync(form, request) : await ServicesAsync(form, request);
        var what = form.Id is not null ? "a task" : form.Type is not null ? Say.Shortened(form.Type) : "services";
        return new PageContent($"{form.Kind.Title} {what}", typeof(ActLive), new ActModel(form, concerns, count)) { IsLive = false };
    }

    private async Task<(List<(string Name, string Value)> Concerns, long? Count)> TaskAsync(ActionForm form, PageRequest request)
    {
        foreach (var (service, tasks) in await fleet.RunningAsync(request.Stop))
        {
            if (tasks.Find(task => task.Id == form.Id && request.Caller.MayUse(task.WorkerType)) is { } task)
            {
                return (
                    [
                        ("Task", Say.Shortened(task.Id)), ("Type", Say.Shortened(task.WorkerType)), ("State", task.Running ? "running" : "waiting in a pool"), ("Where", $"{Say.Shortened(task.Worker ?? "–")} on {Say.Shortened(service.Host)}"),
                        ("For", Say.Duration((double)task.Milliseconds)),
                    ],
                    1);
            }
        }

        return ([("Task", Say.Shortened(form.Id)), ("State", "no pool has it now")], 1);
    }

    private async Task<(List<(string Name, string Value)> Concerns, long? Count)> ServicesAsync(ActionForm form, PageRequest request)
    {
        var reports = (await fleet.ReportsAsync(request.Stop)).Where(report => form.Host is null || report.Service.Host == form.Host).ToList();
        if (form.Type is null)
        {
            return ([("Services", Names(reports.Select(report => report.Service.ToString())))], reports.Count);
        }

        var serving = reports.SelectMany(report => report.Report.Types.Where(type => type.WorkerType == form.Type).Select(type => (report.Service.Host, type))).ToList();
        var queues = (await fleet.QueuesAsync(request.Stop)).Where(queue => queue.WorkerType == form.Type).ToList();
        var depth = queues.Select(queue => $"{Say.Number(queue.State.Ready)} in {queue.Name}");
        return (
            [
                ("Type", Say.Shortened(form.Type)), ("Hosts", serving.Count == 0 ? "none serves it" : Names(serving.Select(found => found.Host))),
                ("Workers", $"{Say.Number(serving.Sum(found => found.type.Ready))} of {Say.Number(serving.Sum(found => found.type.Workers))} ready"),
                ("Running", Say.Number(serving.Sum(found => found.type.Running))), ("Waiting", string.Join(", ", depth.DefaultIfEmpty("–"))),
            ],
            form.Kind.Name == ActionKind.Purge ? queues.Find(queue => queue.Name == names.Worker(form.Type)).State?.Ready ?? 0 : serving.Count);
    }

    private static string Names(IEnumerable<string> names)
    {
        var all = names.Select(name => Say.Shortened(name)).ToList();
        return all.Count <= 5 ? string.Join(", ", all) : $"{string.Join(", ", all.Take(5))} and {all.Count - 5} more";
    }
}
