using System.Globalization;
using System.Text;

namespace TaskQueue.Messaging.Delays;

/// <summary>A message while it is delayed: when it is due, for which queue, and what it is like.</summary>
/// <param name="DueMilliseconds">When, in milliseconds since 1970, UTC.</param>
/// <param name="To">The queue it is for.</param>
/// <param name="Original">Its properties, as they are to arrive.</param>
internal sealed record DelayedMessage(long DueMilliseconds, string To, MessageProperties Original)
{
    private const int LongestQueueNameBytes = 255;
    private const string Expiration = "expiration", DeliveryMode = "delivery-mode", Priority = "priority", GiveUp = "give-up";
    private const int Transient = 1, Persistent = 2;

    /// <summary>When it is worth nothing any more, so that it is dropped if its queue does not take it or is gone; milliseconds since 1970, UTC.</summary>
    /// <value>Default: never; then it is kept.</value>
    public long? GiveUpMilliseconds { get; init; }

    /// <summary>The properties to travel with through the delay queues.</summary>
    /// <remarks>Properties that the broker would act upon meanwhile are held in a header: the expiration, since it would end the delay; the
    /// priority, since a queue watches the time of its first message alone, and that has to be the oldest; and that the message need not survive a
    /// restart, since the delay must. Headers that it acts upon are nothing special here: no message is published with them.</remarks>
    public MessageProperties ToProperties()
    {
        var headers = Original.Headers is null ? [] : new Dictionary<string, object?>(Original.Headers, StringComparer.Ordinal);
        var held = new Dictionary<string, object?>(StringComparer.Ordinal) { [DeliveryMode] = Original.Persistent ? Persistent : Transient };
        if (Original.Expiration is { } expiration)
        {
            held[Expiration] = expiration;
        }

        if (Original.Priority is { } priority)
        {
            held[Priority] = (int)priority;
        }

        if (GiveUpMilliseconds is { } giveUp)
        {
            held[GiveUp] = giveUp;
        }

        headers[HeaderNames.Due] = DueMilliseconds;
        headers[HeaderNames.To] = To;
        headers[HeaderNames.Held] = held;
        return Original with { Expiration = null, Priority = null, Persistent = true, Headers = headers };
    }

    /// <summary>Reads what <see cref="ToProperties"/> wrote, or what a publisher wrote who knows no more than when and where to.</summary>
    /// <param name="properties">The properties of a delivery.</param>
    /// <param name="defaultTo">The queue of messages that name none.</param>
    /// <param name="problem">What is wrong with them, when nothing is returned.</param>
    public static DelayedMessage? Read(MessageProperties properties, string defaultTo, out string? problem)
    {
        var to = properties.HeaderText(HeaderNames.To) ?? defaultTo;
        if (!long.TryParse(properties.HeaderText(HeaderNames.Due), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var due))
        {
            problem = $"delayed message without a readable header {HeaderNames.Due}: expected milliseconds since 1970, UTC";
            return null;
        }

        if (to.Length == 0 || Encoding.UTF8.GetByteCount(to) > LongestQueueNameBytes)
        {
            problem = $"delayed message with an impossible header {HeaderNames.To}: expected the name of a queue, 1 to {LongestQueueNameBytes} bytes";
            return null;
        }

        var original = Restore(properties);
        problem = original is null || !IsExpiration(original.Expiration)
            ? $"delayed message with an unreadable header {HeaderNames.Held}: it is for this system alone to write"
            : null;
        return problem is null ? new DelayedMessage(due, to, original!) { GiveUpMilliseconds = GiveUpOf(properties) } : null;
    }

    /// <summary>When it is due. Headers may say any number: those beyond the calendar mean "at once" and "never".</summary>
    public DateTimeOffset Due => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(DueMilliseconds, 0, DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>How long until the message is due; negative when it has been for a while.</summary>
    public TimeSpan Remaining(DateTimeOffset now) => Due - now;

    /// <summary>Whether the broker would take it for an expiration; one that it does not take ends the channel.</summary>
    public static bool IsExpiration(string? expiration) =>
        expiration is null
        || (long.TryParse(expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= uint.MaxValue);

    private static long? GiveUpOf(MessageProperties properties) =>
        properties.Headers!.GetValueOrDefault(HeaderNames.Held) is IDictionary<string, object?> held && held.TryGetValue(GiveUp, out var time) ? Number(time) : null;

    private static MessageProperties? Restore(MessageProperties properties)
    {
        var headers = new Dictionary<string, object?>(properties.Headers!, StringComparer.Ordinal);
        headers.Remove(HeaderNames.Due);
        headers.Remove(HeaderNames.To);
        if (!headers.Remove(HeaderNames.Held, out var value))
        {
            // Straight from its publisher: all that it has is its own.
            return (properties with { Headers = headers.Count > 0 ? headers : null }).WithoutDeliveryCounts();
        }

        if (HeaderValues.Table(value) is not { } held
            || !held.TryGetValue(DeliveryMode, out var mode)
            || Number(mode) is not (Transient or Persistent))
        {
            return null;
        }

        // These came from the delay queues; earlier versions held the message's own.
        foreach (var name in headers.Keys.Where(HeaderNames.IsForBroker).ToList())
        {
            headers.Remove(name);
        }

        foreach (var (name, header) in held.Where(entry => HeaderNames.IsForBroker(entry.Key)))
        {
            headers[name] = header;
        }

        return (properties with
        {
            Headers = headers.Count > 0 ? headers : null,
            Persistent = Number(mode) != Transient,
            Expiration = held.TryGetValue(Expiration, out var expiration) ? Text(expiration) : null,
            Priority = held.TryGetValue(Priority, out var priority) && Number(priority) is >= byte.MinValue and <= byte.MaxValue and var number ? (byte)number : null,
        }).WithoutDeliveryCounts();
    }

    // Brokers may pass a number on in another size.
    private static long? Number(object? value) =>
        value is sbyte or byte or short or ushort or int or uint or long ? Convert.ToInt64(value, CultureInfo.InvariantCulture) : null;

    private static string Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        _ => value as string ?? "",
    };
}
