using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Doctor;

/// <summary>Which broker it is, and whether it takes messages from us.</summary>
internal static class BrokerCheck
{
    private const string Name = "broker";

    // The oldest that the tests run against.
    private static readonly Version Oldest = new(3, 10);

    // A broker that is well answers within milliseconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> RunAsync(IBrokerDiagnosis diagnosis, BrokerIdentity broker, CancellationToken cancellationToken)
    {
        var isOld = broker.Features.Version < Oldest;
        var version = new Finding(
            isOld ? Severity.Warning : Severity.Ok,
            Name,
            $"{broker.Product} {broker.Version} at {broker.Host}{(isOld ? $", which is older than {Oldest}" : "")}",
            isOld ? $"Upgrade it: nothing older than RabbitMQ {Oldest} is tested." : null);
        return
        [
            version,
            .. Peculiarities(broker.Features),
            await diagnosis.WhyUnpublishableAsync(Patience, cancellationToken) is { } reason
                ? new Finding(Severity.Error, Name, $"{broker.Host} does not take our messages: {reason}", RemedyOf(reason, broker.Features.IsEmbedded))
                : new Finding(Severity.Ok, Name, "it takes messages: no alarm"),
        ];
    }

    private static IEnumerable<Finding> Peculiarities(BrokerFeatures features)
    {
        if (features.DisconnectedTimeout is { } patience)
        {
            yield return new Finding(
                Severity.Note,
                Name,
                $"in a cluster, tasks held through a node that dies come back after consumer_disconnected_timeout, which is {patience.TotalSeconds} s unless it was lowered",
                "With more than one node set consumer_disconnected_timeout = 5000 in rabbitmq.conf of each, or a policy (consumer-disconnected-timeout).");
        }
    }

    private static string RemedyOf(string reason, bool isEmbedded) =>
        reason.Contains("403", StringComparison.Ordinal)
            ? $"{Remedies.Granting(isEmbedded)}: the user needs configure, write and read on the system's queues and on taskqueue.control, and write on amq.default."
            : isEmbedded ? "Its log says what it is short of: memory (memory_limit) or room on the disk (disk_free_limit)." : "See rabbitmqctl status for its alarms: it needs memory or disk space, or higher limits (vm_memory_high_watermark, disk_free_limit).";
}
