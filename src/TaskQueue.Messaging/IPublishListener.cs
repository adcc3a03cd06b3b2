namespace TaskQueue.Messaging;

/// <summary>Hears what became of a published message.</summary>
public interface IPublishListener
{
    /// <summary>Called exactly once per message, in the loop that reads from the broker: do little, and never block or throw.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="returnedBody">The body, when <paramref name="outcome"/> is <see cref="PublishOutcome.Returned"/>; ours to keep.</param>
    void OnOutcome(PublishOutcome outcome, ReadOnlyMemory<byte> returnedBody);

    /// <summary>Called instead of <see cref="OnOutcome"/> when the message can never be published; it may be before sending it returns.</summary>
    /// <param name="refusal">Why.</param>
    void OnRefusedForGood(PublishRefusal refusal) => OnOutcome(PublishOutcome.RefusedForGood, default);
}

/// <summary>What became of a published message.</summary>
public enum PublishOutcome
{
    /// <summary>The broker has it, on disk where the queue is durable (AMQP extension <c>confirm.select</c>).</summary>
    Confirmed,

    /// <summary>There is no such queue (<c>basic.return</c> of a mandatory message).</summary>
    Returned,

    /// <summary>The broker does not take it now (<c>basic.nack</c>), for example because the queue is full. It may later.</summary>
    Refused,

    /// <summary>It can never be published as it is; see <see cref="PublishRefusal"/>.</summary>
    RefusedForGood,

    /// <summary>The connection ended before the broker answered. It may or may not have the message.</summary>
    Lost,
}
