using System.Buffers.Text;
using System.Security.Cryptography;
using TaskQueue.Amqp;

namespace TaskQueue.Broker.Topology;

/// <summary>Names of exchanges and queues: which are allowed, what texts call them, and those that the broker makes.</summary>
internal static class ResourceNames
{
    /// <summary>What the default exchange is called where permissions are given.</summary>
    public const string DefaultExchange = "amq.default";

    /// <summary>The pseudo-queue of direct reply-to.</summary>
    public const string ReplyTo = "amq.rabbitmq.reply-to";

    private const string Reserved = "amq.";
    private const int RandomBytes = 16;

    public static string Queue(string name) => $"queue '{name}' in vhost '/'";

    public static string Exchange(string name) => $"exchange '{name}' in vhost '/'";

    /// <summary>A name of the broker's own making, which nobody can guess.</summary>
    public static string Made(string prefix) => $"{prefix}-{Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(RandomBytes))}";

    /// <summary>Line ends are taken out of names, as RabbitMQ does.</summary>
    public static string WithoutLineEnds(string name) => name.AsSpan().IndexOfAny('\r', '\n') < 0
        ? name
        : name.Replace("\r", "", StringComparison.Ordinal).Replace("\n", "", StringComparison.Ordinal);

    /// <exception cref="AmqpException">The name is kept for the broker.</exception>
    public static void CheckNotReserved(string kind, string name)
    {
        if (name.StartsWith(Reserved, StringComparison.Ordinal))
        {
            throw new AmqpException(ReplyCode.AccessRefused, $"{kind} name '{name}' contains reserved prefix 'amq.*'");
        }
    }
}
