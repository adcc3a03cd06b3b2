using System.Text.RegularExpressions;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Doctor;

/// <summary>Whether the broker would drop tasks that have come back often: queues from before RabbitMQ 4.0 have a limit since, and so may those of others.</summary>
internal static class DeliveryLimitCheck
{
    private const string Name = "delivery limit";

    public static IEnumerable<Finding> Run(IReadOnlyDictionary<string, QueueComparison> queues) =>
        from queue in queues
        where queue.Value.Traits?.DeliveryLimit is not null
        group queue.Key by queue.Value.Traits!.DeliveryLimit!.Value into names
        orderby names.Key
        let sorted = names.Order(StringComparer.Ordinal).ToList()
        select new Finding(
            Severity.Warning,
            Name,
            $"{string.Join(", ", sorted)}: declared so that the broker drops a message that has come back more than {names.Key} times. A policy may say otherwise, which AMQP does not show",
            $"rabbitmqctl set_policy --apply-to queues taskqueue-keep '^({string.Join('|', sorted.Select(Regex.Escape))})$' '{{\"delivery-limit\": -1}}' "
            + "keeps them, without a restart. Of several policies for a queue the one with the highest priority counts.");
}
