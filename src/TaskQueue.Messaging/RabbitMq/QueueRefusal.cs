using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Words a refusal that concerns one queue: what the broker said, and what a person can do about it.</summary>
internal static class QueueRefusal
{
    /// <param name="queue">The queue's name.</param>
    /// <param name="exception">An exception that <see cref="ClientFaults.IsRefusal"/> holds for.</param>
    public static BrokerRefusedException Of(string queue, Exception exception)
    {
        var reason = ClientFaults.Explain(exception);
        return new BrokerRefusedException($"The broker refuses queue \"{queue}\": {reason}. {Remedy(ClientFaults.ReplyCode(exception), reason)}".TrimEnd(), exception);
    }

    internal static string Remedy(ushort? replyCode, string reason) => replyCode switch
    {
        Constants.AccessRefused => "Give the user the right to it (rabbitmqctl set_permissions).",
        Constants.ResourceLocked => "It is the exclusive queue of another connection; end that one, or give its queue another name.",
        _ when reason.Contains("limit", StringComparison.OrdinalIgnoreCase) => "Raise that limit (for a vhost: rabbitmqctl set_vhost_limits), or delete queues that nobody needs.",
        _ => "",
    };
}
