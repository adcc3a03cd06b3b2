using TaskQueue.Cli.Audit;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Queues;

/// <summary>Which queues a command line means.</summary>
internal static class QueueSelection
{
    public const string Rule = "a queue as status shows it, with or without queue_prefix, or a worker type for its queue";

    /// <summary>Those with work in them that services do without a person: neither what was set aside nor results.</summary>
    public static IReadOnlyList<KnownQueue> OfWork(TaskQueueConfiguration configuration) =>
        [.. LocalQueues.Of(configuration, []).Where(queue => queue.Role is QueueRole.Tasks or QueueRole.Delayed or QueueRole.Unroutable or QueueRole.Worker)];

    /// <summary>Finds the queues by what the user calls them.</summary>
    /// <exception cref="CommandFailedException">A name can be none.</exception>
    public static IReadOnlyList<KnownQueue> Named(TaskQueueConfiguration configuration, IReadOnlyList<string> names)
    {
        var known = LocalQueues.Of(configuration, []);
        var queues = new QueueNames(configuration.Broker.QueuePrefix);
        return [.. names.Select(name => Find(name, known, queues, configuration.Broker.QueuePrefix)).DistinctBy(queue => queue.Name, StringComparer.Ordinal)];
    }

    private static KnownQueue Find(string name, IReadOnlyList<KnownQueue> known, QueueNames queues, string prefix)
    {
        foreach (var complete in (string[])[name, prefix + name])
        {
            if (known.FirstOrDefault(queue => queue.Name == complete) is { } found)
            {
                return found;
            }

            if (known.FirstOrDefault(queue => queue.Parts.Contains(complete, StringComparer.Ordinal)) is { } whole)
            {
                return new KnownQueue(complete, whole.Role);
            }

            if (Account.Of(complete, queues) is { WorkerType: { Length: > 0 } type } account)
            {
                return new KnownQueue(complete, account.Role, type);
            }
        }

        return WorkerTypeName.IsValid(name)
            ? new KnownQueue(queues.Worker(name), QueueRole.Worker, name)
            : throw new CommandFailedException(ExitCodes.Usage, $"QUEUE \"{PlainText.Line(name, 128)}\": expected {Rule}.");
    }
}
