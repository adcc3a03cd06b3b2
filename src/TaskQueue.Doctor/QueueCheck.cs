using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Doctor;

/// <summary>Whether the queues are as the services would declare them, dead-letter routes included, and open to us.</summary>
/// <param name="diagnosis">Looks at them.</param>
/// <param name="configuration">What they should be like.</param>
/// <param name="workerTypes">The worker types whose queues are looked at.</param>
/// <param name="isEmbedded">Whether the broker is the embedded one.</param>
/// <param name="onlyLooks">Whether it is no fault that this user may not declare them.</param>
internal sealed class QueueCheck(IBrokerDiagnosis diagnosis, TaskQueueConfiguration configuration, IReadOnlyList<string> workerTypes, bool isEmbedded, bool onlyLooks)
{
    private const string Name = "queues", DeliveryLimit = "x-delivery-limit";

    private readonly QueueNames _names = new(configuration.Broker.QueuePrefix);
    private readonly Dictionary<string, QueueComparison> _compared = new(StringComparer.Ordinal);
    private readonly string _granting = Remedies.Granting(isEmbedded);

    /// <summary>How the queues of worker types compare; after <see cref="RunAsync"/>.</summary>
    public IReadOnlyDictionary<string, QueueComparison> Compared => _compared;

    public async Task<IReadOnlyList<Finding>> RunAsync(CancellationToken cancellationToken)
    {
        var faults = new List<(QueueFault Fault, string Queue, string Why)>();
        var (equal, missing) = (0, 0);
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
                case QueueMatch.NotOurs when onlyLooks:
                    faults.Add((
                        new QueueFault(Severity.Note, "not compared with what it should be like, for which this user would need the right to configure it", "\"taskqueue doctor\" compares, as the user of the services."), queue.Name, compared.Explanation));
                    break;
                case QueueMatch.NotOurs:
                    faults.Add((
                        new QueueFault(Severity.Warning, "used as found, since the broker does not let this user declare that", $"Give the user of the services the right to configure that ({_granting}), since they make anew what is gone; whoever only looks needs none."),
                        queue.Name,
                        compared.Explanation));
                    break;
                case QueueMatch.Hidden:
                    faults.Add((
                        new QueueFault(
                            Severity.Warning,
                            "cannot be seen; the user has no rights there, and the broker does not say whether there is such a queue",
                            $"Give the user of the services the rights to configure, write and read that ({_granting}), or run this as that user."),
                        role == QueueRole.Delayed ? _names.Delays : queue.Name,
                        compared.Explanation));
                    continue;
                case QueueMatch.Refused:
                    faults.Add((
                        new QueueFault(Severity.Error, "the broker does not let us declare that", $"Give the user the right to configure that ({_granting}), or see whether its node is up."),
                        queue.Name,
                        compared.Explanation));
                    continue;
                default:
                    faults.Add((Difference(role, compared), queue.Name, compared.Explanation));
                    break;
            }

            if (await diagnosis.WhyUnreadableAsync(queue.Name, cancellationToken) is { } reason)
            {
                faults.Add((
                    new QueueFault(Severity.Error, "the broker does not let us take messages from there", $"Give the user the right to read that ({_granting})."), queue.Name, reason));
            }
        }

        IEnumerable<Finding> findings = QueueFault.Findings(Name, faults);

        // A missing queue is no fault, unless nobody can make it when it is needed. Its name is one that the services' answers need the right to.
        if (missing > 0
            && await diagnosis.WhyNoMoreQueuesAsync(new QueueNames(configuration.Broker.QueuePrefix).ControlOf($"doctor.{Guid.NewGuid():N}"), cancellationToken) is { } limit)
        {
            findings = findings.Append(new Finding(
                Severity.Error,
                Name,
                $"the broker does not let us make another queue, and {missing:N0} do not exist yet: {limit}",
                "Raise the limit (rabbitmqctl set_vhost_limits), or delete queues that nobody needs."));
        }

        return [new Finding(Severity.Ok, Name, $"{(equal == 1 ? "1 queue is as it" : $"{equal:N0} queues are as they")} should be; not needed yet: {missing:N0}"), .. findings];
    }

    private static string Argument(QueueComparison compared) => compared.Explanation.Split('\'') is [_, var name, ..] ? name : "";

    private QueueFault Difference(QueueRole role, QueueComparison compared)
    {
        var type = configuration.Broker.QueueType;
        var delete = isEmbedded ? "taskqueue broker delete-queue" : "rabbitmqctl delete_queue";
        var anew = $"Delete it when it is empty ({delete} {QueueFault.Each}): the services declare it anew when they need it.";
        return (role, Argument(compared)) switch
        {
            (QueueRole.Delayed, not ("x-queue-type" or DeliveryLimit)) => new QueueFault(Severity.Error, "delayed messages do not come back from there as they should", anew),
            (_, "x-queue-type") => new QueueFault(
                Severity.Warning, $"used as found, of another type than queue_type = {type.ToString().ToLowerInvariant()}", $"{anew} Or set queue_type."),
            (_, DeliveryLimit) => new QueueFault(Severity.Note, "used as found, declared without our delivery limit", anew),
            (QueueRole.Results or QueueRole.Buried, "x-max-length" or "x-message-ttl") => new QueueFault(
                Severity.Note,
                $"used as found, with another number of {(role == QueueRole.Results ? "results" : "tasks")} to keep, or for another time, than {(role == QueueRole.Results ? "results_keep" : "buried_keep")} says",
                anew),
            (_, "x-consumer-timeout") => new QueueFault(Severity.Note, "no acknowledgement timeout of its own", anew),
            _ => new QueueFault(Severity.Warning, "used as found, with other arguments than it should have; the broker may drop or move tasks", anew),
        };
    }

    private IEnumerable<(QueueDefinition Queue, QueueRole Role)> Expected()
    {
        var type = configuration.Broker.QueueType;
        var delays = new DelayQueues(_names, type, TimeProvider.System);
        return KnownQueues.Of(configuration, workerTypes).SelectMany(queue => queue.Role switch
        {
            QueueRole.Delayed => delays.All,
            QueueRole.Worker => [QueueDefinition.OfTasks(queue.Name, type)],
            QueueRole.Results => [configuration.ResultsKeep.OfResults(_names, queue.Name, type)],
            QueueRole.Buried => [configuration.Service.BuriedKeep.Of(new QueueDefinition(queue.Name, type))],
            _ => (IEnumerable<QueueDefinition>)[new QueueDefinition(queue.Name, type)],
        }, (queue, definition) => (definition, queue.Role));
    }
}
