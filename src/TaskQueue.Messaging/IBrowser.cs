namespace TaskQueue.Messaging;

/// <summary>A walk through the messages of a queue that leaves them there, except those that are acknowledged on the way.</summary>
/// <remarks>
/// <para>AMQP can look at a message only by taking it. Each one that was taken stays unsettled, and so out of the reach of others, until the
/// browser is disposed of or its process dies; so the walk meets no message twice, and no crash loses one. A look is no return: a message that one more
/// return would count against is published anew in its place.</para>
/// <para>Not for use by several threads, apart from <see cref="Delivery.Settle"/>.</para>
/// </remarks>
public interface IBrowser : IAsyncDisposable
{
    /// <summary>How many messages waited when the browser began; it looks at no more, however many are published meanwhile.</summary>
    long Count { get; }

    /// <summary>Takes the next message.</summary>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The delivery, to be acknowledged or left alone: <see cref="Settlement.Requeue"/> and no settlement both mean that it goes back with
    /// all others at the end. <see langword="null"/> when all were seen, somebody else took the rest, or the queue was deleted.</returns>
    /// <exception cref="BrowsingEndedException">The connection ended: what was not acknowledged is back in its queue.</exception>
    /// <exception cref="TimeoutException">Messages wait, and the broker does not deliver them.</exception>
    Task<Delivery?> NextAsync(CancellationToken cancellationToken);
}
