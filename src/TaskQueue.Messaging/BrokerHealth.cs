namespace TaskQueue.Messaging;

/// <summary>Whether work gets through the broker, and if not, since when and why.</summary>
/// <param name="Condition">How it stands.</param>
/// <param name="Reason">A line for people; empty when healthy.</param>
/// <param name="Since">Since when it is not healthy.</param>
public sealed record BrokerHealth(BrokerCondition Condition, string Reason, DateTimeOffset? Since)
{
    /// <summary>All is well.</summary>
    public static BrokerHealth Healthy { get; } = new(BrokerCondition.Healthy, "", Since: null);

    /// <summary>Whether all is well.</summary>
    public bool IsHealthy => Condition == BrokerCondition.Healthy;
}

/// <summary>How it stands with a broker.</summary>
public enum BrokerCondition
{
    /// <summary>Connected, and what there is to do is done.</summary>
    Healthy,

    /// <summary>There is no connection; it is tried again and again.</summary>
    Disconnected,

    /// <summary>Connected, and yet a queue that has messages delivers none to consumers that have room, or publishing gets no answer,
    /// even on another channel and another connection.</summary>
    Stalled,
}
