using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Cli.Doctor;

/// <summary>Which broker it is, and whether it takes messages from us.</summary>
internal static class BrokerCheck
{
    private const string Name = "broker";

    // The oldest that the tests run against.
    private static readonly Version Oldest = new(3, 10);

    // A broker that is well answers within milliseconds.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    public static async Task<IReadOnlyList<Finding>> RunAsync(IBrokerDiagnosis diagnosis, CancellationToken cancellationToken)
    {
        var broker = await diagnosis.IdentifyAsync(cancellationToken);
        var isOld = broker.Number < Oldest;
        var version = new Finding(
            isOld ? Severity.Warning : Severity.Ok,
            Name,
            $"{broker.Product} {broker.Version} at {broker.Host}{(isOld ? $", which is older than {Oldest}" : "")}",
            isOld ? $"Upgrade it: nothing older than RabbitMQ {Oldest} is tested." : null);
        return
        [
            version,
            await diagnosis.WhyUnpublishableAsync(Patience, cancellationToken) is { } reason
                ? new Finding(Severity.Error, Name, $"{broker.Host} does not take our messages: {reason}", RemedyOf(reason))
                : new Finding(Severity.Ok, Name, "it takes messages: no alarm"),
        ];
    }

    private static string RemedyOf(string reason) =>
        reason.Contains("403", StringComparison.Ordinal)
            ? "rabbitmqctl set_permissions: the user needs configure, write and read on the system's queues and on taskqueue.control, and write on amq.default."
            : "See rabbitmqctl status for its alarms: it needs memory or disk space, or higher limits (vm_memory_high_watermark, disk_free_limit).";
}
