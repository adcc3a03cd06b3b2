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
    private const string Expiration = "expiration", DeliveryMode = "delivery-mode";
    private const int Transient = 1, Persistent = 2;

    /// <summary>The properties to travel with through the delay queues.</summary>
    /// <remarks>What the broker would act upon meanwhile is held in a header: the expiration, since it would end the delay; the copies to
    /// other queues that <c>CC</c> and <c>BCC</c> ask for, since they would be made at every stop; the traces of earlier dead-lettering, since the broker
    /// adds to them and takes a second one in the same queue for a loop; and that the message need not survive a restart, since the delay must.</remarks>
    public MessageProperties ToProperties()
    {
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        var held = new Dictionary<string, object?>(StringComparer.Ordinal) { [DeliveryMode] = Original.Persistent ? Persistent : Transient };
        if (Original.Expiration is { } expiration)
        {
            held[Expiration] = expiration;
        }

        foreach (var (name, value) in Original.Headers ?? headers)
        {
            (IsForBroker(name) ? held : headers)[name] = value;
        }

        headers[HeaderNames.Due] = DueMilliseconds;
        headers[HeaderNames.To] = To;
        headers[HeaderNames.Held] = held;
        return Original with { Expiration = null, Persistent = true, Headers = headers };
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
        return problem is null ? new DelayedMessage(due, to, original!) : null;
    }

    /// <summary>Whether the broker would take it for an expiration; one that it does not take ends the channel.</summary>
    public static bool IsExpiration(string? expiration) =>
        expiration is null
        || (long.TryParse(expiration, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds) && milliseconds <= uint.MaxValue);

    private static MessageProperties? Restore(MessageProperties properties)
    {
        var headers = new Dictionary<string, object?>(properties.Headers!, StringComparer.Ordinal);
        headers.Remove(HeaderNames.Due);
        headers.Remove(HeaderNames.To);
        if (!headers.Remove(HeaderNames.Held, out var value))
        {
            // Straight from its publisher: all that it has is its own.
            return properties with { Headers = WithoutCounts(headers) };
        }

        if (value is not IDictionary<string, object?> held
            || !held.TryGetValue(DeliveryMode, out var mode)
            || mode is not IConvertible)
        {
            return null;
        }

        // These came from the delay queues.
        foreach (var name in headers.Keys.Where(IsForBroker).ToList())
        {
            headers.Remove(name);
        }

        foreach (var (name, header) in held.Where(entry => IsForBroker(entry.Key)))
        {
            headers[name] = header;
        }

        return properties with
        {
            Headers = WithoutCounts(headers),
            Persistent = Convert.ToString(mode, CultureInfo.InvariantCulture) != Transient.ToString(CultureInfo.InvariantCulture),
            Expiration = held.TryGetValue(Expiration, out var expiration) ? Text(expiration) : null,
        };
    }

    /// <summary>Removes the broker's count of deliveries out of an earlier queue: it would be taken for that of the next one.</summary>
    private static Dictionary<string, object?>? WithoutCounts(Dictionary<string, object?> headers)
    {
        headers.Remove("x-delivery-count");
        headers.Remove("x-acquired-count");
        return headers.Count > 0 ? headers : null;
    }

    private static bool IsForBroker(string header) =>
        header is "CC" or "BCC" or "x-death" or "x-delivery-count" or "x-acquired-count"
        || header.StartsWith("x-first-death-", StringComparison.Ordinal)
        || header.StartsWith("x-last-death-", StringComparison.Ordinal);

    private static string Text(object? value) => value switch
    {
        byte[] bytes => Encoding.UTF8.GetString(bytes),
        _ => value as string ?? "",
    };
}
