namespace TaskQueue.Messaging.Diagnosis;

/// <summary>A broker that can be examined.</summary>
public interface IDiagnosableBroker
{
    /// <summary>Examines it, over the connection that there is.</summary>
    IBrokerDiagnosis Diagnosis { get; }
}

/// <summary>Asks a broker what a person wants to know before tasks are entrusted to it. Nothing here changes anything on the broker.</summary>
public interface IBrokerDiagnosis
{
    /// <summary>Waits for a connection, and asks who is at its other end.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The broker.</returns>
    Task<BrokerIdentity> IdentifyAsync(CancellationToken cancellationToken);

    /// <summary>Compares a queue with what it would be declared as.</summary>
    /// <param name="queue">What it should be.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>How they compare.</returns>
    Task<QueueComparison> CompareAsync(QueueDefinition queue, CancellationToken cancellationToken);

    /// <summary>Tries whether the broker would let us make one more queue, with one that is gone at once.</summary>
    /// <param name="name">A name that nobody else uses, and that we have the right to.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why not, such as a limit of the vhost; <see langword="null"/> when it would, or we have no right to a queue of that name.</returns>
    Task<string?> WhyNoMoreQueuesAsync(string name, CancellationToken cancellationToken);

    /// <summary>Tries whether we may take messages from a queue. Only an empty one is tried, so that no message counts as delivered.</summary>
    /// <param name="queue">The name of an existing queue.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why not, or <see langword="null"/>.</returns>
    Task<string?> WhyUnreadableAsync(string queue, CancellationToken cancellationToken);

    /// <summary>Tries whether the broker takes messages from us now, with one that leads nowhere.</summary>
    /// <param name="patience">How long to wait for its answer.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Why not, such as the alarm that it has raised, or <see langword="null"/>.</returns>
    Task<string?> WhyUnpublishableAsync(TimeSpan patience, CancellationToken cancellationToken);
}

/// <summary>Who a broker is.</summary>
/// <param name="Product">Its name, as it says.</param>
/// <param name="Version">Its version, as it says.</param>
/// <param name="Host">Host and port.</param>
public sealed record BrokerIdentity(string Product, string Version, string Host)
{
    /// <summary>What its version does otherwise than others.</summary>
    public BrokerFeatures Features => BrokerFeatures.Of(Product, Version);
}

/// <summary>How a queue is, compared with what it would be declared as.</summary>
/// <param name="Match">In a word.</param>
/// <param name="AckTimeout">What decides how long a delivery may stay unsettled, if the queue is as declared.</param>
/// <param name="Explanation">What the broker says; empty where all is well. It names the first difference only.</param>
public sealed record QueueComparison(QueueMatch Match, AckTimeoutSource AckTimeout, string Explanation = "")
{
    /// <summary>What it is, where it differs and the broker tells.</summary>
    public QueueTraits? Traits { get; init; }
}

/// <summary>How a queue compares with what it would be declared as.</summary>
public enum QueueMatch
{
    /// <summary>There is no such queue.</summary>
    Missing,

    /// <summary>It is as it would be declared.</summary>
    Equal,

    /// <summary>It has other arguments.</summary>
    Different,

    /// <summary>It exists, and we have no right to configure it, so that its arguments cannot be compared. It is used as it is.</summary>
    NotOurs,

    /// <summary>The broker does not let us declare it, or its node is away.</summary>
    Refused,

    /// <summary>We have no rights on it, and the broker does not tell such a one whether there is one (RabbitMQ 4.3).</summary>
    Hidden,
}

/// <summary>What decides how long a delivery may stay unsettled before the broker takes it back.</summary>
public enum AckTimeoutSource
{
    /// <summary>The queue, by its own argument.</summary>
    Queue,

    /// <summary>The configuration of the broker, which nobody can read over AMQP.</summary>
    Broker,

    /// <summary>Nothing: it may stay so for ever.</summary>
    Nothing,
}
