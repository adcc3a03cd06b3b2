using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether tasks may run for longer than the broker waits for their acknowledgement: it would hand them to another worker meanwhile.</summary>
internal static class AckTimeoutCheck
{
    private const string Name = "ack timeout";

    // Of RabbitMQ, unless its configuration says otherwise, which nobody can read over AMQP.
    private static readonly TimeSpan Usual = TimeSpan.FromMinutes(30);

    public static IEnumerable<Finding> Run(
        TaskQueueConfiguration configuration, PluginCatalog catalog, BrokerFeatures features, IReadOnlyDictionary<string, QueueComparison> queues)
    {
        var names = new QueueNames(configuration.Broker.QueuePrefix);
        var exposed = Sections.Of(configuration, catalog)
            .Where(section => queues.TryGetValue(names.Worker(section.Type.Name), out var queue) && DependsOnBroker(queue, features))
            .ToList();
        var unlimited = exposed.Where(section => section.Options.Timeout is null).Select(section => section.Section).ToList();
        foreach (var (section, type, options) in exposed.Where(section => section.Options.Timeout + section.Options.KillAfter > Usual))
        {
            yield return new Finding(
                Severity.Warning,
                Name,
                $"[{section}] timeout = {options.Timeout!.Value.TotalMinutes:0.#} min is longer than the broker's consumer_timeout, which is {Usual.TotalMinutes} min unless it was raised, "
                + $"and {names.Worker(type.Name)} has none of its own: the task would be delivered again while it runs",
                $"Raise consumer_timeout in rabbitmq.conf above {(options.Timeout.Value + options.KillAfter).TotalMilliseconds:0} ms; with RabbitMQ 3.12 and later a queue that the services declare anew has 30 days.");
        }

        if (unlimited.Count > 0)
        {
            yield return new Finding(
                Severity.Note,
                Name,
                $"without a timeout: {string.Join(", ", unlimited.Select(section => $"[{section}]"))}; a task that runs for longer than the broker's consumer_timeout ({Usual.TotalMinutes} min unless raised) is delivered again",
                "Set timeout, or raise consumer_timeout in rabbitmq.conf.");
        }
    }

    private static bool DependsOnBroker(QueueComparison queue, BrokerFeatures features) =>
        features.HasAckTimeoutOfConsumers

            // Quorum queues take ours with the subscription, and classic ones have none.
            ? queue is { Match: QueueMatch.Different, Traits: null }
            : queue.AckTimeout switch
            {
                AckTimeoutSource.Nothing => false,
                AckTimeoutSource.Queue => queue.Match == QueueMatch.Different,
                _ => true,
            };
}
