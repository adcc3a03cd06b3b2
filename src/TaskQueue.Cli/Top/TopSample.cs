using System.Text.Json.Nodes;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Status;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Top;

/// <summary>Everything at one moment.</summary>
/// <param name="Timestamp">When, for measuring.</param>
/// <param name="Queues">The queues.</param>
/// <param name="Counts">What services have counted for each, by name.</param>
/// <param name="Services">How services are.</param>
/// <param name="Tasks">What they run.</param>
internal sealed record TopSample(
    long Timestamp,
    StatusReport Queues,
    IReadOnlyDictionary<string, QueueCounts> Counts,
    IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> Services,
    IReadOnlyList<(string Host, TaskReport Task)> Tasks)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(100), Patience = TimeSpan.FromSeconds(1);

    /// <summary>The latest failures of all services, the newest first.</summary>
    public IEnumerable<(string Host, FailureReport Failure)> Failures => Services
        .SelectMany(service => service.Report.Failures.Select(failure => (service.Service.Host, Failure: failure)))
        .OrderByDescending(failed => failed.Failure.Time);

    /// <summary>Asks broker and services.</summary>
    public static async Task<TopSample> TakeAsync(Fleet fleet, IReadOnlyList<KnownQueue> queues, TimeProvider time, CancellationToken cancellationToken)
    {
        var ledgers = fleet.PollAsync(new ControlRequest(ControlCommands.Ledger), Quiet, Patience, cancellationToken);
        var services = fleet.PollAsync(new ControlRequest(ControlCommands.Status), Quiet, Patience, cancellationToken);
        var tasks = fleet.PollAsync(new ControlRequest(ControlCommands.Running), Quiet, Patience, cancellationToken);
        var report = await StatusReport.GatherAsync(fleet.Broker, queues, cancellationToken);
        var counts = (await ledgers).SelectMany(answer => answer.ResultAs<LedgerExtract>()?.Queues ?? new Dictionary<string, QueueCounts>(StringComparer.Ordinal))
            .GroupBy(entry => entry.Key, StringComparer.Ordinal)
            .ToDictionary(entries => entries.Key, entries => entries.Aggregate(new QueueCounts(), (sum, entry) => sum + entry.Value), StringComparer.Ordinal);
        var reports = Fleet.Reports(await services);
        return new TopSample(
            time.GetTimestamp(),
            report.With(reports),
            counts,
            reports,
            TaskTable.All(await tasks));
    }

    /// <summary>Messages a second that came into a queue and left it for good since an earlier sample.</summary>
    /// <remarks>Publishers are not asked. What came is what left and what there is more of; a service that joined or left in between makes it wrong once,
    /// which shows as nothing.</remarks>
    public (double In, double Out) RatesOf(QueueStatus queue, TopSample? earlier, TimeProvider time)
    {
        if (earlier is null || !Counts.TryGetValue(queue.Name, out var now) || !earlier.Counts.TryGetValue(queue.Name, out var before)
            || earlier.Queues.Queues.FirstOrDefault(known => known.Name == queue.Name) is not { Ready: { } readyBefore } || queue.Ready is not { } ready)
        {
            return (0, 0);
        }

        var seconds = Math.Max(0.001, time.GetElapsedTime(earlier.Timestamp, Timestamp).TotalSeconds);
        var left = now.Out() - before.Out();
        var came = left + ready - readyBefore + now.Held() - before.Held();
        return (Math.Max(0, came / seconds), Math.Max(0, left / seconds));
    }

    public JsonObject ToJson(TopSample? earlier, TimeProvider time) => new()
    {
        ["queues"] = new JsonArray([.. Queues.Queues.Select(queue =>
        {
            var (comes, leaves) = RatesOf(queue, earlier, time);
            return (JsonNode)new JsonObject
            {
                ["queue"] = queue.Name,
                ["ready"] = queue.Ready,
                ["consumers"] = queue.Consumers,
                ["in_per_second"] = Math.Round(comes, 1),
                ["out_per_second"] = Math.Round(leaves, 1),
            };
        })]),
        ["services"] = new JsonArray([.. Services.Select(service => (JsonNode)ServiceTable.ToJson(service.Service, service.Report))]),
        ["tasks"] = TaskTable.ToJson(Tasks),
        ["warnings"] = new JsonArray([.. Queues.Warnings.Select(warning => (JsonNode)warning)]),
    };
}
