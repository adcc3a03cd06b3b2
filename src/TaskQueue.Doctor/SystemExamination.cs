using System.Runtime.CompilerServices;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Doctor;

/// <summary>What is wrong with the broker, the queues and the services: all that can be found out over a connection. Nothing is changed.</summary>
/// <param name="broker">The connection.</param>
/// <param name="configuration">How the queues should be.</param>
/// <param name="workerTypes">The worker types whose queues are looked at.</param>
/// <param name="time">The clock that those of the services are compared with.</param>
public sealed class SystemExamination(IBroker broker, TaskQueueConfiguration configuration, IReadOnlyList<string> workerTypes, TimeProvider time)
{
    /// <summary>Whether whoever looks is not meant to make queues, so that it is no fault that the broker does not let it.</summary>
    public bool OnlyLooks { get; init; }

    /// <summary>What kind of broker it is; after <see cref="RunAsync"/> has begun with the queues.</summary>
    public BrokerFeatures? Features { get; private set; }

    /// <summary>How the queues compare with what they should be, by name; after <see cref="RunAsync"/> has begun with the services.</summary>
    public IReadOnlyDictionary<string, QueueComparison> Queues { get; private set; } = new Dictionary<string, QueueComparison>(StringComparer.Ordinal);

    /// <summary>Examines them, one after the other.</summary>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>What was found, each as soon as it is known.</returns>
    /// <exception cref="BrokerRefusedException">The broker does not let us look.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    public async IAsyncEnumerable<Finding> RunAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        if (broker is not IDiagnosableBroker { Diagnosis: { } diagnosis })
        {
            yield return new Finding(Severity.Note, "broker", "this kind of broker cannot be examined");
            yield break;
        }

        var identity = await diagnosis.IdentifyAsync(cancellationToken);
        Features = identity.Features;
        foreach (var finding in await BrokerCheck.RunAsync(diagnosis, identity, cancellationToken))
        {
            yield return finding;
        }

        var queues = new QueueCheck(diagnosis, configuration, workerTypes, identity.Features.IsEmbedded, OnlyLooks);
        foreach (var finding in await queues.RunAsync(cancellationToken))
        {
            yield return finding;
        }

        Queues = queues.Compared;
        foreach (var finding in DeliveryLimitCheck.Run(Queues))
        {
            yield return finding;
        }

        foreach (var finding in await ServiceCheck.RunAsync(broker, new QueueNames(configuration.Broker.QueuePrefix), time, cancellationToken))
        {
            yield return finding;
        }
    }
}
