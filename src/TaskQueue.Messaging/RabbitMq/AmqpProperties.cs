using System.Collections.ObjectModel;
using System.Text;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>What messages are published with: what they came with, but for what would command the broker and for what finds no room.</summary>
internal static class AmqpProperties
{
    private const string Comma = ", ";

    // In what order headers give way; before these, those that only explain, in their order.
    private const int OfPublisher = 1000, OfSystem = 1001;

    // What the broker takes for the asking client itself, wherever a message with it is published.
    private const string DirectReplyTo = "amq.rabbitmq.reply-to";

    // What later stages add for the system's sake: attempts, delays, and where a message is for.
    private const uint RoomForLater = 2048;

    private static readonly string[] Explaining =
    [
        HeaderNames.Trace, HeaderNames.Error, HeaderNames.Reason, HeaderNames.ErrorType, HeaderNames.Host, HeaderNames.Worker,
        HeaderNames.LastFailure, HeaderNames.DispatchTraceParent,
    ];

    /// <summary>Whether a message is for a client that waits for it on its own channel: there is no queue, and the broker, which delivers it, returns it
    /// all the same when it is mandatory.</summary>
    /// <remarks><see href="https://www.rabbitmq.com/docs/direct-reply-to"/></remarks>
    public static bool IsDirectReply(string routingKey) => routingKey.StartsWith(DirectReplyTo, StringComparison.Ordinal);

    /// <summary>The properties to publish. What the broker would act on by the publisher's wish becomes another header: copies to other queues,
    /// traces of dead-lettering, counts (<see cref="HeaderNames.IsForBroker"/>), and <c>user-id</c>, which it accepts from that very user only.</summary>
    public static MessageProperties Write(MessageProperties properties) => properties with
    {
        Headers = Withheld(properties),
        ReplyTo = properties.ReplyTo == DirectReplyTo ? null : properties.ReplyTo,
        UserId = null,
        Unreadable = properties.Unreadable?.WithoutOrders(),
    };

    /// <summary>The bytes of properties. Takes headers away until they fit into a frame; a broker ends the connection that sends it a larger one.</summary>
    /// <remarks>Publishers fill the frame, and then we add to it. What only explains goes first, for it is in the log as well; then
    /// the publisher's own, the largest first; what the system needs goes last. The header <see cref="HeaderNames.Omitted"/> names them, unless naming
    /// what explains would cost one of the publisher's.</remarks>
    /// <param name="properties">The properties.</param>
    /// <param name="frameMax">What was agreed upon with the broker; 0 for no limit.</param>
    /// <param name="keepsHeaders">Whether all must stay, with room for what later stages need to add.</param>
    /// <param name="omitted">The names of those that were taken away; mostly none.</param>
    /// <exception cref="HeadersTooLargeException">All must stay, and they do not fit.</exception>
    /// <exception cref="ArgumentException">A text takes more than 255 bytes, or a header has a type that AMQP has not.</exception>
    public static byte[] Encode(MessageProperties properties, uint frameMax, bool keepsHeaders, out IReadOnlyList<string> omitted)
    {
        // The frame's own octets; class, weight and body size (AMQP 0-9-1, sections 4.2.3 and 4.2.6.1).
        const int Around = 8 + 12;
        var bytes = WireProperties.Write(properties);
        var most = frameMax - (keepsHeaders ? Math.Min(RoomForLater, frameMax / 8) : 0);
        var size = bytes.Length + Around;
        omitted = [];
        if (frameMax == 0 || size <= most || properties.Headers is not { Count: > 0 } headers)
        {
            return bytes;
        }

        if (keepsHeaders)
        {
            throw new HeadersTooLargeException(
                $"its properties and headers take {size:N0} bytes; expected at most {most:N0}, so that they fit into a frame of the broker (frame_max {frameMax:N0}) together with what is added to them");
        }

        // A copy: they may be the delivery's own.
        var rest = new Dictionary<string, object?>(headers, StringComparer.Ordinal);
        var taken = new List<string>();
        var losesPublishers = false;
        var earlier = rest.GetValueOrDefault(HeaderNames.Omitted) switch
        {
            string text => text.Split(Comma),
            byte[] utf8 => Encoding.UTF8.GetString(utf8).Split(Comma),
            _ => [],
        };
        foreach (var (name, rank) in headers.Keys.Select(name => (name, RankOf(name)))
            .OrderBy(header => header.Item2).ThenByDescending(header => WireProperties.SizeOf(header.name, headers[header.name])))
        {
            if (size <= most && (size + WireProperties.SizeOf(HeaderNames.Omitted, Listed([.. earlier, .. taken])) <= most || (rank >= OfPublisher && !losesPublishers)))
            {
                break;
            }

            losesPublishers |= rank >= OfPublisher;

            rest.Remove(name);
            size -= WireProperties.SizeOf(name, headers[name]);
            taken.Add(name);
        }

        if (size + WireProperties.SizeOf(HeaderNames.Omitted, Listed([.. earlier, .. taken])) <= most)
        {
            rest[HeaderNames.Omitted] = Listed([.. earlier, .. taken]);
        }

        omitted = taken;
        return WireProperties.Write(properties with { Headers = rest });
    }

    /// <summary>Names for people, as many as a line bears.</summary>
    public static string Listed(IReadOnlyList<string> names)
    {
        const int LongestName = 60, MostNames = 8;
        var listed = string.Join(Comma, names.Take(MostNames).Select(name => name.Length <= LongestName ? name : $"{name[..LongestName]}..."));
        return names.Count <= MostNames ? listed : $"{listed} and {names.Count - MostNames} more";
    }

    private static int RankOf(string name) => Array.IndexOf(Explaining, name) switch
    {
        >= 0 and var index => index,
        _ => name.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal) ? OfSystem : OfPublisher,
    };

    private static IReadOnlyDictionary<string, object?>? Withheld(MessageProperties properties)
    {
        var forBroker = false;
        foreach (var (name, _) in properties.Headers ?? ReadOnlyDictionary<string, object?>.Empty)
        {
            forBroker |= HeaderNames.IsForBroker(name);
        }

        if (!forBroker && properties.UserId is null && properties.ReplyTo != DirectReplyTo)
        {
            return properties.Headers;
        }

        var headers = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in properties.Headers ?? ReadOnlyDictionary<string, object?>.Empty)
        {
            if (!HeaderNames.IsForBroker(name))
            {
                headers.TryAdd(name, value);
            }
            else
            {
                // The latest: one of the same name that an earlier stage withheld is older.
                headers[HeaderNames.Withheld(name)] = value;
            }
        }

        if (properties.UserId is { } user)
        {
            headers[HeaderNames.UserId] = user;
        }

        if (properties.ReplyTo == DirectReplyTo)
        {
            // Only the broker can say whom it means; from us it would be refused.
            headers[HeaderNames.Withheld("reply-to")] = DirectReplyTo;
        }

        return headers;
    }
}
