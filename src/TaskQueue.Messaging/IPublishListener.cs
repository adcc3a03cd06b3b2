namespace TaskQueue.Messaging;

/// <summary>Hears what became of a published message.</summary>
public interface IPublishListener
{
    /// <summary>Called exactly once per message, in the loop that reads from the broker: do little, and never block or throw.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="returnedBody">The body, when <paramref name="outcome"/> is <see cref="PublishOutcome.Returned"/>; ours to keep.</param>
    void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody);
}

/// <summary>What became of a published message.</summary>
public enum PublishOutcome
{
    /// <summary>The broker has it, on disk where the queue is durable (AMQP extension <c>confirm.select</c>).</summary>
    Confirmed,

    /// <summary>There is no such queue (<c>basic.return</c> of a mandatory message).</summary>
    Returned,

    /// <summary>The broker would not or could not take it (<c>basic.nack</c>), for example because the queue is full.</summary>
    Refused,

    /// <summary>The connection ended before the broker answered. It may or may not have the message.</summary>
    Lost,
}
