namespace TaskQueue.Messaging;

/// <summary>How to walk through a queue.</summary>
/// <param name="AtMost">How many messages to look at, from the head of the queue.</param>
public sealed record BrowseOptions(long AtMost)
{
    /// <summary>Whether to look although the queue seems to drop messages that come back too often, and a look counts as such a return.</summary>
    /// <value>Right for those who let all messages go, and where a policy lifts the limit, which AMQP does not show. Default <see langword="false"/>.</value>
    public bool IgnoresDeliveryLimit { get; init; }
}
