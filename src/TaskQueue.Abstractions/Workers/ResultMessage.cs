namespace TaskQueue;

/// <summary>One message that a finished task sends.</summary>
/// <param name="workItem">Its body and content type.</param>
/// <param name="routingKey">Where to, on the default exchange (the name of a queue), or <see langword="null"/> for the
/// usual place: the message's <c>reply-to</c>, else the configured <c>results_routing_key</c>.</param>
public sealed class ResultMessage(WorkItem workItem, string? routingKey = null)
{
    /// <summary>The body and content type.</summary>
    public WorkItem WorkItem { get; } = workItem;

    /// <summary>The routing key, or <see langword="null"/> for the usual place.</summary>
    public string? RoutingKey { get; } = routingKey;
}
