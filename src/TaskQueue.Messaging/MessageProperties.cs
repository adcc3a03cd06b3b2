namespace TaskQueue.Messaging;

/// <summary>
/// The properties of a message, as AMQP 0-9-1 has them (section 4.2.6.1 and the <c>basic</c> class). <see langword="null"/> is "not set".
/// </summary>
public sealed record MessageProperties
{
    private const byte TransientMode = 1, PersistentMode = 2;

    /// <summary>MIME type of the body.</summary>
    public string? ContentType { get; init; }

    /// <summary>MIME encoding of the body.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Headers, in types that keep all of them: texts are <c>byte[]</c> as they came over the wire, or <see cref="string"/>; decimals, timestamps,
    /// bytes, lists and tables are <see cref="TaskQueue.Amqp.FieldValue"/>. They are passed on as they are; read them with <see cref="HeaderText"/>.</summary>
    public IReadOnlyDictionary<string, object?>? Headers { get; init; }

    /// <summary>Whether the message survives a restart of the broker (<c>delivery-mode</c> 2).</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool Persistent
    {
        get => DeliveryMode == PersistentMode;
        init => DeliveryMode = value ? PersistentMode : TransientMode;
    }

    /// <summary>0 to 255; queues that support priorities serve higher ones first.</summary>
    public byte? Priority { get; init; }

    /// <summary>Ties a result to its task.</summary>
    public string? CorrelationId { get; init; }

    /// <summary>The queue for the answer.</summary>
    public string? ReplyTo { get; init; }

    /// <summary>How long the message is worth delivering: milliseconds, in digits.</summary>
    public string? Expiration { get; init; }

    /// <summary>The message's identity.</summary>
    public string? MessageId { get; init; }

    /// <summary>When it was published: seconds since 1970, UTC.</summary>
    public long? Timestamp { get; init; }

    /// <summary>The application's name for the kind of message.</summary>
    public string? Type { get; init; }

    /// <summary>The publisher's user; the broker checks it against the connection's.</summary>
    public string? UserId { get; init; }

    /// <summary>The publisher's application.</summary>
    public string? AppId { get; init; }

    /// <summary>Deprecated by AMQP, passed on all the same.</summary>
    public string? ClusterId { get; init; }

    /// <summary>Why properties and headers are not to be relied upon, and what they are; <see langword="null"/> for nearly all messages. Such a message is
    /// published with exactly these bytes, but for what the broker would act on.</summary>
    public UnreadableProperties? Unreadable { get; init; }

    /// <summary>What is on the wire for <see cref="Persistent"/>: a message may also have neither.</summary>
    internal byte? DeliveryMode { get; init; } = PersistentMode;

    /// <summary>A header as text.</summary>
    /// <param name="name">Its name; case counts.</param>
    /// <returns>The text; a number or switch in its invariant form; <see langword="null"/> when it is missing or nothing of these.</returns>
    public string? HeaderText(string name) => HeaderValues.Text(Headers?.GetValueOrDefault(name));

    /// <summary>The same properties with some headers set.</summary>
    /// <param name="headers">Name and value of each.</param>
    /// <returns>A copy.</returns>
    public MessageProperties WithHeaders(params ReadOnlySpan<KeyValuePair<string, object?>> headers)
    {
        var all = Headers is null ? [] : new Dictionary<string, object?>(Headers, StringComparer.Ordinal);
        foreach (var (name, value) in headers)
        {
            all[name] = value;
        }

        return this with { Headers = all };
    }

    /// <summary>The same properties without what a quorum queue counted on them (<see cref="HeaderNames.DeliveryCount"/>,
    /// <see cref="HeaderNames.AcquiredCount"/>), which in the next queue would be taken for that queue's own count.</summary>
    /// <returns>A copy, or this when there are no counts.</returns>
    public MessageProperties WithoutDeliveryCounts()
    {
        if (Headers is null || !(Headers.ContainsKey(HeaderNames.DeliveryCount) || Headers.ContainsKey(HeaderNames.AcquiredCount)))
        {
            return this;
        }

        var rest = new Dictionary<string, object?>(Headers, StringComparer.Ordinal);
        rest.Remove(HeaderNames.DeliveryCount);
        rest.Remove(HeaderNames.AcquiredCount);
        return this with { Headers = rest.Count > 0 ? rest : null };
    }
}
