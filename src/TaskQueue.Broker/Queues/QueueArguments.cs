using TaskQueue.Amqp;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Queues;

/// <summary>What a queue was declared with, checked as RabbitMQ 3.10 checks it.</summary>
internal sealed record QueueArguments
{
    private const string Expires = "x-expires", Ttl = "x-message-ttl", DlxName = "x-dead-letter-exchange", DlxKey = "x-dead-letter-routing-key",
        DlxStrategy = "x-dead-letter-strategy", Length = "x-max-length", Bytes = "x-max-length-bytes", InMemoryLength = "x-max-in-memory-length",
        InMemoryBytes = "x-max-in-memory-bytes", Priorities = "x-max-priority", OverflowName = "x-overflow", Mode = "x-queue-mode",
        Version = "x-queue-version", Sac = "x-single-active-consumer", TypeName = "x-queue-type", GroupSize = "x-quorum-initial-group-size",
        Limit = "x-delivery-limit", Locator = "x-queue-leader-locator", MasterLocator = "x-queue-master-locator", Timeout = "x-consumer-timeout";

    private const long LongestExpiry = 315_360_000_000;

    private static readonly string[] OfClassic =
        [Expires, Ttl, DlxName, DlxKey, Length, Bytes, Priorities, OverflowName, Mode, Version, Sac, TypeName, MasterLocator];

    private static readonly string[] OfQuorum =
        [DlxName, DlxKey, DlxStrategy, Expires, Length, Bytes, InMemoryLength, InMemoryBytes, OverflowName, Sac, TypeName, GroupSize, Limit, Ttl, Locator];

    private static readonly string[] OfStream = ["x-max-age", "x-stream-max-segment-size-bytes", "x-initial-cluster-size"];

    /// <summary>All of them, as they came.</summary>
    public required ArgumentTable Table { get; init; }

    public bool IsQuorum { get; private init; }

    /// <summary>Milliseconds without use until it is deleted.</summary>
    public long? ExpiresAfter { get; private init; }

    /// <summary>Milliseconds that a message may wait.</summary>
    public long? MessageTtl { get; private init; }

    public string? DeadLetterExchange { get; private init; }

    public string? DeadLetterKey { get; private init; }

    public long? MaxLength { get; private init; }

    /// <summary>Of bodies.</summary>
    public long? MaxBytes { get; private init; }

    public Overflow Overflow { get; private init; }

    /// <summary>The highest priority that it tells apart; 0 without priorities.</summary>
    public int MaxPriority { get; private init; }

    public bool SingleActiveConsumer { get; private init; }

    /// <summary>How often a message may come back to a quorum queue.</summary>
    public long? DeliveryLimit { get; private init; }

    /// <summary>Milliseconds that a delivery may stay unacknowledged, where the broker's own limit is not meant.</summary>
    public long? ConsumerTimeout { get; private init; }

    /// <summary>The arguments that have to be the same at each declaration.</summary>
    public IEnumerable<string> MustBeEquivalent => IsQuorum ? OfQuorum : OfClassic;

    private string KindName => IsQuorum ? "rabbit_quorum_queue" : "rabbit_classic_queue";

    /// <exception cref="AmqpException">One is not allowed, or of a wrong type or value.</exception>
    public static QueueArguments Read(ArgumentTable table, string resource)
    {
        var type = Text(table, TypeName, resource, ["classic", "quorum", "stream"], value => $"\"unsupported queue type '{value}'\"");
        if (type == "stream")
        {
            throw new AmqpException(ReplyCode.NotImplemented, "this broker has no streams; use a classic or a quorum queue");
        }

        var quorum = type == "quorum";
        var known = quorum ? OfQuorum : OfClassic;
        bool Has(string name) => known.Contains(name, StringComparer.Ordinal);

        // In this order, as RabbitMQ does: the first that is wrong is named.
        var expiresAfter = Integer(table, Expires, resource, least: 1, LongestExpiry);
        var ttl = Integer(table, Ttl, resource, least: 0, LongestExpiry);
        var exchange = Text(table, DlxName, resource);
        var key = DeadLetterKeyOf(table, exchange, resource);
        if (quorum)
        {
            Text(table, DlxStrategy, resource, ["at-most-once", "at-least-once"], _ => "invalid_dlx_strategy");
        }

        var length = Integer(table, Length, resource, least: 0);
        var bytes = Integer(table, Bytes, resource, least: 0);
        if (quorum)
        {
            Integer(table, InMemoryLength, resource, least: 0);
            Integer(table, InMemoryBytes, resource, least: 0);
        }

        var priority = Has(Priorities) ? (int)(Integer(table, Priorities, resource, least: 0, byte.MaxValue) ?? 0) : 0;
        var overflow = Text(table, OverflowName, resource, ["drop-head", "reject-publish", "reject-publish-dlx"], _ => "invalid_overflow") switch
        {
            "reject-publish" => Overflow.RejectPublish,
            // Which a quorum queue does not do: it drops.
            "reject-publish-dlx" when !quorum => Overflow.RejectPublishDlx,
            _ => Overflow.DropHead,
        };
        if (!quorum)
        {
            CheckMode(table, resource);
        }

        var isSingleActive = Flag(table, Sac, resource);
        if (quorum)
        {
            Integer(table, GroupSize, resource, least: 1);
            Text(table, Locator, resource, ["client-local", "balanced", "random", "least-leaders"], _ => "invalid_queue_locator_arg");
        }

        var arguments = new QueueArguments
        {
            Table = table,
            IsQuorum = quorum,
            ExpiresAfter = expiresAfter,
            MessageTtl = ttl,
            DeadLetterExchange = exchange,
            DeadLetterKey = key,
            MaxLength = length,
            MaxBytes = bytes,
            MaxPriority = priority,
            Overflow = overflow,
            SingleActiveConsumer = isSingleActive,
            // RabbitMQ 3.10 checks neither of the two.
            DeliveryLimit = quorum ? table[Limit]?.Integer : null,
            ConsumerTimeout = table[Timeout]?.Integer,
        };
        var wrong = table.Names.FirstOrDefault(name =>
            !Has(name) && (OfClassic.Contains(name, StringComparer.Ordinal) || OfQuorum.Contains(name, StringComparer.Ordinal) || OfStream.Contains(name, StringComparer.Ordinal)));
        return wrong is null
            ? arguments
            : throw new AmqpException(ReplyCode.PreconditionFailed, $"invalid arg '{wrong}' for {resource} of queue type {arguments.KindName}");
    }

    private static string? DeadLetterKeyOf(ArgumentTable table, string? exchange, string resource)
    {
        if (Text(table, DlxKey, resource) is not { } key)
        {
            return null;
        }

        // It becomes the routing key of messages, which is a short string.
        return exchange is null ? throw Bad(DlxKey, resource, "routing_key_but_no_dlx_defined")
            : ShortString.Fits(key) ? key
            : throw Bad(DlxKey, resource, "too_long");
    }

    private static void CheckMode(ArgumentTable table, string resource)
    {
        Text(table, Mode, resource, ["default", "lazy"], value => $"\"unsupported queue mode '{value}'\"");
        if (Integer(table, Version, resource, least: 0) is { } version and not 1 and not 2)
        {
            throw Bad(Version, resource, $"\"unsupported queue version '{version}'\"");
        }
    }

    private static long? Integer(ArgumentTable table, string name, string resource, long least, long most = long.MaxValue)
    {
        if (table[name] is not { } argument)
        {
            return null;
        }

        var value = argument.Integer ?? throw Bad(name, resource, $"\"expected integer, got {argument.TypeName}\"");
        return value == 0 && least == 1 ? throw Bad(name, resource, $"{{value_zero,{value}}}")
            : value < least ? throw Bad(name, resource, $"{{value_negative,{value}}}")
            : value > most ? throw Bad(name, resource, most == byte.MaxValue ? $"{{max_value_exceeded,{value}}}" : $"{{value_too_big,{value}}}")
            : value;
    }

    private static string? Text(ArgumentTable table, string name, string resource, string[]? allowed = null, Func<string, string>? otherwise = null)
    {
        if (table[name] is not { } argument)
        {
            return null;
        }

        var text = argument.Text ?? throw Bad(name, resource, $"{{unacceptable_type,{argument.TypeName}}}");
        return allowed?.Contains(text, StringComparer.Ordinal) == false ? throw Bad(name, resource, otherwise!(text)) : text;
    }

    private static bool Flag(ArgumentTable table, string name, string resource) =>
        table[name] is { } argument && (argument.Flag ?? throw Bad(name, resource, $"{{unacceptable_type,{argument.TypeName}}}"));

    private static AmqpException Bad(string name, string resource, string why) =>
        new(ReplyCode.PreconditionFailed, $"invalid arg '{name}' for {resource}: {why}");
}

/// <summary>What happens to a message for which a queue has no room.</summary>
internal enum Overflow
{
    /// <summary>The first one in the queue goes.</summary>
    DropHead,

    /// <summary>It is refused.</summary>
    RejectPublish,

    /// <summary>It is refused, and dead-lettered.</summary>
    RejectPublishDlx,
}
