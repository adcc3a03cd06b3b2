using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Status;

/// <summary>All queues at one moment.</summary>
/// <param name="Queues">The queues, in the order in which tasks pass through them.</param>
internal sealed record StatusReport(IReadOnlyList<QueueStatus> Queues)
{
    /// <summary>What a person should look into: a line each.</summary>
    public IEnumerable<string> Warnings => Queues.Where(queue => queue.Warning is not null).Select(queue => $"{queue.Name}: {queue.Warning}");

    /// <summary>Asks the broker.</summary>
    public static async Task<StatusReport> GatherAsync(
        IBroker broker, IReadOnlyList<KnownQueue> queues, CancellationToken cancellationToken)
    {
        var found = new List<QueueStatus>(queues.Count);
        foreach (var (name, role, type) in queues)
        {
            var state = await broker.InspectQueueAsync(name, cancellationToken);
            if (state is not null || role != QueueRole.Buried)
            {
                found.Add(new QueueStatus(name, role, state?.Ready, state?.Consumers) { WorkerType = type });
            }
        }

        return new StatusReport(found);
    }

    /// <summary>The report as a line of JSON.</summary>
    public string ToJson() => JsonLine.Of(new JsonObject
    {
        ["queues"] = new JsonArray([.. Queues.Select(queue => new JsonObject
        {
            ["queue"] = queue.Name,
            ["role"] = queue.Role.ToString().ToLowerInvariant(),
            ["exists"] = queue.Ready is not null,
            ["ready"] = queue.Ready,
            ["consumers"] = queue.Consumers,
            ["warning"] = queue.Warning,
        })]),
        ["warnings"] = new JsonArray([.. Warnings.Select(warning => (JsonNode)warning)]),
    });
}
