using TaskQueue.Amqp;

namespace TaskQueue.Broker;

/// <summary>What a client did ends its channel or its connection, as the code says.</summary>
/// <param name="code">The reply code.</param>
/// <param name="text">What is wrong, for people; the code's name comes in front of it.</param>
internal sealed class AmqpException(ReplyCode code, string text) : Exception($"{code.Name()} - {text}")
{
    /// <summary>The reply code.</summary>
    public ReplyCode Code { get; } = code;

    /// <summary>Whether the connection ends without a word, as RabbitMQ's does then.</summary>
    public bool IsUntold { get; init; }

    public static AmqpException NotFound(string resource) => new(ReplyCode.NotFound, $"no {resource}");
}
