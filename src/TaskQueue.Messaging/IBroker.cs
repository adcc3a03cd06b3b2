namespace TaskQueue.Messaging;

/// <summary>
/// A message broker as this system needs it: durable queues, publishing that is confirmed, and deliveries that stay the
/// broker's until they are settled.
/// </summary>
/// <remarks>
/// <para>Members may be called from several threads. A broker that goes away is no error: the implementation connects
/// again with back-off, calls wait meanwhile (until their token fires), and consumers resume by themselves.</para>
/// <para>Names of queues are complete names; <see cref="QueueNames"/> makes them.</para>
/// </remarks>
public interface IBroker : IAsyncDisposable
{
    /// <summary>Whether work gets through. Cheap to ask, and current within a few seconds.</summary>
    BrokerHealth Health { get; }

    /// <summary>Connects, and from then on stays connected. Waits as long as no host answers.</summary>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>A task that completes with the first connection.</returns>
    /// <exception cref="BrokerRefusedException">The broker answered and will not have us: bad credentials, no such vhost.</exception>
    Task ConnectAsync(CancellationToken cancellationToken);

    /// <summary>Makes sure that a durable queue exists. One that exists with other arguments is used as it is.</summary>
    /// <param name="queue">The queue.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when the queue is there.</returns>
    Task DeclareQueueAsync(QueueDefinition queue, CancellationToken cancellationToken);

    /// <summary>Makes sure that a durable fan-out exchange exists.</summary>
    /// <param name="exchange">Its complete name.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when it is there.</returns>
    Task DeclareExchangeAsync(string exchange, CancellationToken cancellationToken);

    /// <summary>Hands a message to the broker without waiting for its answer; many may be on their way at once.</summary>
    /// <param name="message">The message. Its body may be reused once the returned task has completed.</param>
    /// <param name="listener">Hears exactly once what became of the message, on a thread that it must not block.</param>
    /// <param name="cancellationToken">Stops waiting for a connection or for room; once sent, the message's fate is the listener's.</param>
    /// <returns>A task that completes when the message is on its way. If it throws, the listener is not called.</returns>
    ValueTask SendAsync(OutgoingMessage message, IPublishListener listener, CancellationToken cancellationToken);

    /// <summary>Takes deliveries from a queue, across reconnects, until the consumer is disposed of.</summary>
    /// <param name="queue">An existing queue; one that vanishes is declared anew.</param>
    /// <param name="options">How many deliveries at once, and whether bodies outlive the callback.</param>
    /// <param name="onDelivery">Called for one delivery after the other; it must settle each, now or later, and must not throw.
    /// The next delivery waits until the returned task completes.</param>
    /// <param name="cancellationToken">Stops waiting for the first subscription.</param>
    /// <returns>The consumer, subscribed.</returns>
    Task<IConsumer> ConsumeAsync(
        QueueDefinition queue, ConsumerOptions options, Func<Delivery, ValueTask> onDelivery, CancellationToken cancellationToken);

    /// <summary>Takes one message, if one waits.</summary>
    /// <param name="queue">The name of a queue.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The delivery, to be settled, or <see langword="null"/> when nothing waits or there is no such queue.</returns>
    Task<Delivery?> GetAsync(string queue, CancellationToken cancellationToken);

    /// <summary>Walks through the messages that wait in a queue and leaves them there, except those that are acknowledged on the way.</summary>
    /// <param name="queue">The name of a queue.</param>
    /// <param name="options">How many messages to look at, and in which queues.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The browser, to be disposed of soon, or <see langword="null"/> when there is no such queue.</returns>
    /// <exception cref="LookRefusedException">Looking might cost messages; nothing was looked at.</exception>
    Task<IBrowser?> BrowseAsync(string queue, BrowseOptions options, CancellationToken cancellationToken);

    /// <summary>Looks at a queue.</summary>
    /// <param name="queue">The name of a queue.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>Its state, or <see langword="null"/> when there is no such queue.</returns>
    Task<QueueState?> InspectQueueAsync(string queue, CancellationToken cancellationToken);

    /// <summary>Removes all waiting messages.</summary>
    /// <param name="queue">The name of a queue.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>How many there were; 0 when there is no such queue.</returns>
    Task<long> PurgeQueueAsync(string queue, CancellationToken cancellationToken);

    /// <summary>Deletes a queue with all that is in it. It is no error when there is none.</summary>
    /// <param name="queue">The name of a queue.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>A task that completes when it is gone.</returns>
    Task DeleteQueueAsync(string queue, CancellationToken cancellationToken);
}
