using System.Globalization;

namespace TaskQueue.Messaging.Diagnosis;

/// <summary>What a broker, and a version of it, does otherwise than others: the one place in the code that knows versions.</summary>
/// <remarks>Nothing here is needed for tasks to be done; it decides what is asked of the broker, and what people are told. Each line has its
/// source; what tests can see, BrokerVersionTests hold against the broker that they run on.</remarks>
public sealed record BrokerFeatures
{
    private const string EmbeddedProduct = "TaskQueue";

    private BrokerFeatures(Version version) => Version = version;

    /// <summary>Major and minor version; 0.0 for what cannot be read, which counts as old.</summary>
    public Version Version { get; }

    /// <summary>After how many returns a quorum queue drops a message, or dead-letters it, unless it was declared otherwise; <see langword="null"/> for never.</summary>
    /// <remarks>4.0: https://www.rabbitmq.com/docs/quorum-queues#poison-message-handling, rabbitmq-server#11937.</remarks>
    public int? DefaultDeliveryLimit => IsFrom(4, 0) ? 20 : null;

    /// <summary>Whether each return of a message counts against the limit. Later only what a lost connection or a reject returns counts.</summary>
    /// <remarks>4.3: https://www.rabbitmq.com/blog/2026/04/23/rabbitmq-4.3-release, and <c>x-acquired-count</c> counts all of them.</remarks>
    public bool CountsEachReturn => !IsFrom(4, 3);

    /// <summary>Whether a queue may have an acknowledgement timeout of its own (<c>x-consumer-timeout</c>).</summary>
    /// <remarks>3.12: rabbitmq-server#7981.</remarks>
    public bool HasAckTimeoutOfQueues => IsFrom(3, 12);

    /// <summary>Whether a consumer of a quorum queue may have one, which goes before the queue's and its policy's; and whether one that times out is
    /// cancelled (<c>basic.cancel</c>), instead of its channel being closed. Classic queues have none from then on, and refuse it.</summary>
    /// <remarks>4.3: https://www.rabbitmq.com/docs/consumers#acknowledgement-timeout.</remarks>
    public bool HasAckTimeoutOfConsumers => IsFrom(4, 3);

    /// <summary>How long a message may be, unless the broker is configured otherwise (<c>max_message_size</c>).</summary>
    /// <remarks>4.0 made it 16 MiB: https://www.rabbitmq.com/docs/limits.</remarks>
    public int DefaultMaxMessageBytes => (IsFrom(4, 0) ? 16 : 128) * 1024 * 1024;

    /// <summary>How long a quorum queue waits for a broker node that is gone before it gives what consumers there held to others; <see langword="null"/> for not at all.</summary>
    /// <remarks>4.3, <c>consumer_disconnected_timeout</c>: https://www.rabbitmq.com/docs/quorum-queues.</remarks>
    public TimeSpan? DisconnectedTimeout => IsFrom(4, 3) ? TimeSpan.FromMinutes(1) : null;

    /// <summary>Whether somebody without rights on a queue hears that there is none. Later such a one hears of no rights either way (403).</summary>
    /// <remarks>4.3, seen.</remarks>
    public bool TellsMissingQueuesToAnyone => !IsFrom(4, 3);

    /// <summary>How quorum queues heed priorities, for people.</summary>
    /// <remarks>4.0 and 4.3: https://www.rabbitmq.com/docs/priority.</remarks>
    public string Priorities => IsFrom(4, 3) ? "strict, 0 to 31, none is 4" : IsFrom(4, 0) ? "two classes, above 4 and the others, 2 to 1" : "none";

    /// <summary>Whether it is the embedded broker, which is steered by <c>taskqueue broker</c>.</summary>
    public bool IsEmbedded { get; private init; }

    /// <summary>The features of a broker.</summary>
    /// <param name="product">What it calls itself.</param>
    /// <param name="version">Its version, as it says.</param>
    /// <returns>Them. The embedded broker does as RabbitMQ 3.13 does; see docs/broker.md.</returns>
    public static BrokerFeatures Of(string product, string version) =>
        product == EmbeddedProduct ? new BrokerFeatures(new Version(3, 13)) { IsEmbedded = true } : Of(version);

    /// <summary>The features of a version of RabbitMQ.</summary>
    /// <param name="version">As the broker says, such as <c>3.13.7</c> or <c>4.1.0-beta.2+1.gabcdef</c>.</param>
    /// <returns>Them.</returns>
    public static BrokerFeatures Of(string version)
    {
        ArgumentNullException.ThrowIfNull(version);
        return version.Split('.', '-', '+') is [var major, var minor, ..]
            && int.TryParse(major, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && int.TryParse(minor, NumberStyles.None, CultureInfo.InvariantCulture, out var second)
                ? new BrokerFeatures(new Version(first, second))
                : new BrokerFeatures(new Version(0, 0));
    }

    private bool IsFrom(int major, int minor) => Version >= new Version(major, minor);
}
