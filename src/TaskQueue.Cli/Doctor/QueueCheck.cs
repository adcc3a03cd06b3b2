using TaskQueue.Cli.Status;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether the queues are as the services would declare them, dead-letter routes included, and open to us.</summary>
internal sealed class QueueCheck(IBrokerDiagnosis diagnosis, TaskQueueConfiguration configuration)
{
    private const string Name = "queues", DeliveryLimit = "x-delivery-limit";

    private readonly QueueNames _names = new(configuration.Broker.QueuePrefix);
    private readonly Dictionary<string, QueueComparison> _compared = new(StringComparer.Ordinal);

    /// <summary>How the queues of worker types compare; after <see cref="RunAsync"/>.</summary>
    public IReadOnlyDictionary<string, QueueComparison> Compared => _compared;

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var (equal, missing) = (0, 0);
        var hidden = new List<string>();
        foreach (var (queue, role) in Expected())
        {
            var compared = await diagnosis.CompareAsync(queue, cancellationToken);
            _compared[queue.Name] = compared;
            switch (compared.Match)
            {
                case QueueMatch.Missing:
                    missing++;
                    continue;
                case QueueMatch.Equal:
                    equal++;
                    break;
                case QueueMatch.Different when queue.MessageTtl is not null && Argument(compared) == DeliveryLimit:
                    // Nothing comes back to a queue that nobody consumes from.
                    equal++;
                    _compared[queue.Name] = compared with { Traits = null };
                    break;
                case QueueMatch.NotOurs:
                    findings.Add(new Finding(
                        Severity.Warning, Name, $"{queue.Name}: the broker does not let us declare it, so it is used as it is: {compared.Explanation}", "Give the user the right to configure it (rabbitmqctl set_permissions): the services make it anew when it is gone."));
                    break;
                case QueueMatch.Hidden:
                    hidden.Add(role == QueueRole.Delayed ? _names.Delays : queue.Name);
                    continue;
                case QueueMatch.Refused:
                    findings.Add(new Finding(
                        Severity.Error, Name, $"{queue.Name}: the broker does not let us declare it: {compared.Explanation}", "Give the user the right to configure it (rabbitmqctl set_permissions), or see whether its node is up."));
                    continue;
                default:
                    findings.Add(Difference(queue, role, compared, configuration.Broker.QueueType));
                    break;
            }

            if (await diagnosis.WhyUnreadableAsync(queue.Name, cancellationToken) is { } reason)
            {
                findings.Add(new Finding(
                    Severity.Error, Name, $"{queue.Name}: the broker does not let us take messages from it: {reason}", "Give the user the right to read it (rabbitmqctl set_permissions)."));
            }
        }

        // A missing queue is no fault, unless nobody can make it when it is needed. Its name is one that the services' answers need the right to.
        if (missing > 0
            && await diagnosis.WhyNoMoreQueuesAsync(new QueueNames(configuration.Broker.QueuePrefix).ControlOf($"doctor.{Guid.NewGuid():N}"), cancellationToken) is { } limit)
        {
            findings.Add(new Finding(
                Severity.Error,
                Name,
                $"the broker does not let us make another queue, and {missing:N0} do not exist yet: {limit}",
                "Raise the limit (rabbitmqctl set_vhost_limits), or delete queues that nobody needs."));
        }

        if (hidden.Count > 0)
        {
            findings.Add(new Finding(
                Severity.Warning,
                Name,
                $"{string.Join(", ", hidden.Distinct(StringComparer.Ordinal))}: cannot be seen; the user has no rights there, and the broker does not say whether there is such a queue",
                "Give the user of the services the rights to configure, write and read them (rabbitmqctl set_permissions), or run this as that user."));
        }

        return [new Finding(Severity.Ok, Name, $"{(equal == 1 ? "1 queue is as it" : $"{equal:N0} queues are as they")} should be; not needed yet: {missing:N0}"), .. findings];
    }

    private static string Argument(QueueComparison compared) => compared.Explanation.Split('\'') is [_, var name, ..] ? name : "";

    private static Finding Difference(QueueDefinition queue, QueueRole role, QueueComparison compared, QueueType type)
    {
        var (argument, explanation) = (Argument(compared), compared.Explanation);
        var anew = $"When it is empty, delete it (rabbitmqctl delete_queue {queue.Name}) and restart the services: they declare it anew.";
        return (role, argument) switch
        {
            (QueueRole.Delayed, not ("x-queue-type" or DeliveryLimit)) => new Finding(
                Severity.Error, Name, $"{queue.Name}: delayed messages do not come back from it as they should: {explanation}", anew),
            (_, "x-queue-type") => new Finding(
                Severity.Warning, Name, $"{queue.Name} is of another type than queue_type = {type.ToString().ToLowerInvariant()}, and is used as it is: {explanation}", $"{anew} Or set queue_type."),
            (_, DeliveryLimit) => new Finding(
                Severity.Note, Name, $"{queue.Name} was declared without our delivery limit, and is used as it is: {explanation}", anew),
            (QueueRole.Results, "x-max-length" or "x-message-ttl") => new Finding(
                Severity.Note, Name, $"{queue.Name} keeps another number of results, or for another time, than results_keep says, and is used as it is: {explanation}", anew),
            (_, "x-consumer-timeout") => new Finding(
                Severity.Note, Name, $"{queue.Name} has no acknowledgement timeout of its own: {explanation}", anew),
            _ => new Finding(
                Severity.Warning, Name, $"{queue.Name} has other arguments than it should, and is used as it is; the broker may drop or move tasks: {explanation}", anew),
        };
    }

    private IEnumerable<(QueueDefinition Queue, QueueRole Role)> Expected()
    {
        var type = configuration.Broker.QueueType;
        var delays = new DelayQueues(_names, type, TimeProvider.System);
        return KnownQueues.Of(configuration, []).SelectMany(queue => queue.Role switch
        {
            QueueRole.Delayed => delays.All,
            QueueRole.Worker => [QueueDefinition.OfTasks(queue.Name, type)],
            QueueRole.Results => [configuration.ResultsKeep.Definition(_names, queue.Name, type)],
            _ => (IEnumerable<QueueDefinition>)[new QueueDefinition(queue.Name, type)],
        }, (queue, definition) => (definition, queue.Role));
    }
}
