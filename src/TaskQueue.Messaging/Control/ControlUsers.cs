namespace TaskQueue.Messaging.Control;

/// <summary>Whom a service believes when it is steered: users of the broker, which checks the <c>user-id</c> of a message against the connection it comes by.</summary>
/// <param name="Own">The services' own user.</param>
/// <param name="Others">Users besides it; <c>control_users</c>.</param>
/// <remarks><see href="https://www.rabbitmq.com/docs/validated-user-id"/></remarks>
public sealed record ControlUsers(string Own, IReadOnlyList<string> Others)
{
    /// <summary>Whether a message may steer.</summary>
    /// <param name="properties">Its properties.</param>
    /// <returns><see langword="false"/> where it says nothing of its user.</returns>
    public bool Believe(MessageProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        return properties.UserId is { Length: > 0 } user && (user == Own || Others.Contains(user, StringComparer.Ordinal));
    }
}
