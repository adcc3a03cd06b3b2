namespace TaskQueue.Broker.Access;

/// <summary>Regular expressions for the names of exchanges and queues that a user may use, as in RabbitMQ.</summary>
/// <remarks>
/// They match anywhere in a name unless they begin with <c>^</c> and end with <c>$</c>; an empty one matches no name.
/// Without look-around and back references, so that none takes longer than its name is. https://www.rabbitmq.com/docs/access-control
/// </remarks>
/// <param name="Configure">What it may declare and delete.</param>
/// <param name="Write">What it may publish to and bind.</param>
/// <param name="Read">What it may consume, purge and bind to.</param>
public sealed record UserPermissions(string Configure, string Write, string Read)
{
    /// <summary>Everything.</summary>
    public static UserPermissions All { get; } = new(".*", ".*", ".*");

    /// <summary>Nothing.</summary>
    public static UserPermissions None { get; } = new("", "", "");
}
