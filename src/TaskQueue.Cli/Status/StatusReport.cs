using System.Text.Json.Nodes;
using TaskQueue.Cli.Control;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Status;

/// <summary>All queues at one moment.</summary>
/// <param name="Queues">The queues, in the order in which tasks pass through them.</param>
internal sealed record StatusReport(IReadOnlyList<QueueStatus> Queues)
{
    // A service that is well answers within milliseconds, and nobody should wait for one that is not.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200), Patience = TimeSpan.FromMilliseconds(700);

    /// <summary>The services that answered.</summary>
    public IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> Services { get; init; } = [];

    /// <summary>What a person should look into: a line each.</summary>
    public IEnumerable<string> Warnings =>
        Queues.Where(queue => queue.Warning is not null).Select(queue => $"{queue.Name}: {queue.Warning}").Concat(ProblemLines.Of(Services));

    /// <summary>The report with what services say, of themselves and of the queues that they take from.</summary>
    public StatusReport With(IReadOnlyList<(ServiceIdentity Service, ServiceReport Report)> services) => this with
    {
        Services = services,
        Queues =
        [
            .. Queues.Select(queue => queue is { Role: QueueRole.Worker, WorkerType: { } type }
                ? queue with { PausedOn = ProblemLines.PausedOn(type, services), IsMeantToBeServed = services.Any(found => ProblemLines.IsMeantToServe(type, found.Report)) }
                : queue),
        ],
    };

    /// <summary>Asks the broker.</summary>
    public static async Task<StatusReport> GatherAsync(IBroker broker, IReadOnlyList<KnownQueue> queues, CancellationToken cancellationToken)
    {
        var found = new List<QueueStatus>(queues.Count);
        foreach (var queue in queues)
        {
            var (state, isHidden) = await InspectAsync(broker, queue.Parts, cancellationToken);
            var isShown = isHidden || queue.Role switch
            {
                QueueRole.Buried => state is not null,
                QueueRole.Delayed => state is { Ready: > 0 },
                _ => true,
            };
            if (isShown)
            {
                found.Add(new QueueStatus(queue.Name, queue.Role, state?.Ready, state?.Consumers) { WorkerType = queue.WorkerType, IsHidden = isHidden });
            }
        }

        return new StatusReport(found);
    }

    /// <summary>Asks the broker, and meanwhile the services, which may keep silent.</summary>
    /// <param name="fleet">The services, or <see langword="null"/> when they cannot be asked.</param>
    /// <param name="broker">The broker.</param>
    /// <param name="queues">The queues to look at.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<StatusReport> GatherAsync(
        Fleet? fleet, IBroker broker, IReadOnlyList<KnownQueue> queues, CancellationToken cancellationToken)
    {
        var asked = fleet?.PollAsync(new ControlRequest(ControlCommands.Status), Quiet, Patience, cancellationToken);
        var report = await GatherAsync(broker, queues, cancellationToken);
        return report.With(asked is null ? [] : Fleet.Reports(await asked));
    }

    /// <summary>The report as a line of JSON.</summary>
    public string ToJson() => JsonLine.Of(new JsonObject
    {
        ["queues"] = new JsonArray([.. Queues.Select(queue => new JsonObject
        {
            ["queue"] = queue.Name,
            ["role"] = queue.Role.ToString().ToLowerInvariant(),
            ["exists"] = queue.IsHidden ? null : queue.Ready is not null,
            ["ready"] = queue.Ready,
            ["consumers"] = queue.Consumers,
            ["warning"] = queue.Warning,
        })]),
        ["services"] = new JsonArray([.. Services.Select(service => (JsonNode)ServiceTable.ToJson(service.Service, service.Report))]),
        ["warnings"] = new JsonArray([.. Warnings.Select(warning => (JsonNode)warning)]),
    });

    /// <summary>Looks at queues as if they were one; <see langword="null"/> when there is none of them, or none that can be seen.</summary>
    private static async Task<(QueueState? Sum, bool IsHidden)> InspectAsync(IBroker broker, IReadOnlyList<string> parts, CancellationToken cancellationToken)
    {
        QueueState? sum = null;
        var isAnyHidden = false;
        foreach (var part in parts)
        {
            try
            {
                if (await broker.InspectQueueAsync(part, cancellationToken) is { } state)
                {
                    sum = new QueueState((sum?.Ready ?? 0) + state.Ready, (sum?.Consumers ?? 0) + state.Consumers);
                }
            }
            catch (BrokerRefusedException)
            {
                isAnyHidden = true;
            }
        }

        return (sum, isAnyHidden && sum is null);
    }
}
