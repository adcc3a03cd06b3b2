using System.Collections.ObjectModel;
using System.Text;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Properties of messages between our form and the AMQP client's.</summary>
/// <remarks>Header values pass through untouched, in the types of the client. It has no word for a priority or timestamp of 0
/// (it leaves them out, which means the same to the broker), nor for an empty table inside a header (it reads it as no value).</remarks>
internal static class AmqpProperties
{
    private const int MaxShortString = 255;
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

    // Flags, and the table's length.
    private static readonly int EmptyTable = SizeOf(new BasicProperties { Headers = new Dictionary<string, object?>() });

    /// <summary>The properties of a delivery.</summary>
    public static MessageProperties Read(IReadOnlyBasicProperties properties) => new()
    {
        ContentType = properties.ContentType,
        ContentEncoding = properties.ContentEncoding,
        Headers = Readable(properties.Headers),
        Persistent = properties.Persistent,
        Priority = properties.IsPriorityPresent() ? properties.Priority : null,
        CorrelationId = properties.CorrelationId,
        ReplyTo = properties.ReplyTo,
        Expiration = properties.Expiration,
        MessageId = properties.MessageId,
        Timestamp = properties.IsTimestampPresent() ? properties.Timestamp.UnixTime : null,
        Type = properties.Type,
        UserId = properties.UserId,
        AppId = properties.AppId,
        ClusterId = properties.ClusterId,
    };

    /// <summary>Whether a message is for a client that waits for it on its own channel: there is no queue, and the broker, which delivers it, returns it
    /// all the same when it is mandatory.</summary>
    /// <remarks><see href="https://www.rabbitmq.com/docs/direct-reply-to"/></remarks>
    public static bool IsDirectReply(string routingKey) => routingKey.StartsWith(DirectReplyTo, StringComparison.Ordinal);

    /// <summary>The properties to publish. What the broker would act on by the publisher's wish becomes another header: copies to other queues,
    /// traces of dead-lettering, counts (<see cref="HeaderNames.IsForBroker"/>), and <c>user-id</c>, which it accepts from that very user only.</summary>
    public static BasicProperties Write(MessageProperties properties)
    {
        var headers = Withheld(properties);
        return new BasicProperties
        {
            ContentType = Fitting(properties.ContentType),
            ContentEncoding = Fitting(properties.ContentEncoding),
            Headers = Writable(headers),
            Persistent = properties.Persistent,
            Priority = properties.Priority ?? 0,
            CorrelationId = Fitting(properties.CorrelationId),
            ReplyTo = properties.ReplyTo == DirectReplyTo ? null : Fitting(properties.ReplyTo),
            Expiration = Fitting(properties.Expiration),
            MessageId = Fitting(properties.MessageId),
            Timestamp = new AmqpTimestamp(properties.Timestamp ?? 0),
            Type = Fitting(properties.Type),
            AppId = Fitting(properties.AppId),
            ClusterId = Fitting(properties.ClusterId),
        };
    }

    /// <summary>Takes headers away until the properties fit into a frame; a broker ends the connection that sends it a larger one.</summary>
    /// <remarks>Publishers fill the frame, and then we add to it. What only explains goes first, for it is in the log as well; then
    /// the publisher's own, the largest first; what the system needs goes last. The header <see cref="HeaderNames.Omitted"/> names them, unless naming
    /// what explains would cost one of the publisher's.</remarks>
    /// <param name="properties">The properties.</param>
    /// <param name="frameMax">What was agreed upon with the broker; 0 for no limit.</param>
    /// <param name="keepsHeaders">Whether all must stay, with room for what later stages need to add.</param>
    /// <returns>The names of those that were taken away; mostly none.</returns>
    /// <exception cref="HeadersTooLargeException">All must stay, and they do not fit.</exception>
    public static IReadOnlyList<string> FitIntoFrame(BasicProperties properties, uint frameMax, bool keepsHeaders = false)
    {
        // The frame's own octets; class, weight and body size (AMQP 0-9-1, sections 4.2.3 and 4.2.6.1).
        const int Around = 8 + 12;
        var most = frameMax - (keepsHeaders ? Math.Min(RoomForLater, frameMax / 8) : 0);
        if (frameMax == 0 || properties.Headers is not { Count: > 0 } headers || SurelyFits(properties, most))
        {
            return [];
        }

        long size = SizeOf(properties) + Around;
        if (size <= most)
        {
            return [];
        }

        if (keepsHeaders)
        {
            throw new HeadersTooLargeException(
                $"its properties and headers take {size:N0} bytes; expected at most {most:N0}, so that they fit into a frame of the broker (frame_max {frameMax:N0}) together with what is added to them");
        }

        var losesPublishers = false;

        // A copy: they may be the delivery's own.
        var rest = new Dictionary<string, object?>(headers, StringComparer.Ordinal);
        var omitted = new List<string>();
        var earlier = rest.GetValueOrDefault(HeaderNames.Omitted) switch
        {
            string text => text.Split(Comma),
            byte[] bytes => Encoding.UTF8.GetString(bytes).Split(Comma),
            _ => [],
        };
        foreach (var (name, rank) in headers.Keys.Select(name => (name, RankOf(name)))
            .OrderBy(header => header.Item2).ThenByDescending(header => SizeOf(header.name, headers[header.name])))
        {
            if (size <= most && (size + SizeOf(HeaderNames.Omitted, Listed([.. earlier, .. omitted])) <= most || (rank >= OfPublisher && !losesPublishers)))
            {
                break;
            }

            losesPublishers |= rank >= OfPublisher;

            rest.Remove(name);
            size -= SizeOf(name, headers[name]);
            omitted.Add(name);
        }

        if (size + SizeOf(HeaderNames.Omitted, Listed([.. earlier, .. omitted])) <= most)
        {
            rest[HeaderNames.Omitted] = Listed([.. earlier, .. omitted]);
        }

        properties.Headers = rest;
        return omitted;
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

    private static int SizeOf(string name, object? value) =>
        SizeOf(new BasicProperties { Headers = new Dictionary<string, object?> { [name] = value } }) - EmptyTable;

    // Nearly all messages are far from the limit, and measuring costs as much as encoding.
    private static bool SurelyFits(BasicProperties properties, uint most)
    {
        // Eleven short strings and the fixed fields; then the headers, each with its name.
        const int AllElse = 12 * (MaxShortString + 1);
        const int Number = 16;
        long size = AllElse;
        foreach (var (_, value) in properties.Headers!)
        {
            size += MaxShortString + Number;
            switch (value)
            {
                case byte[] bytes:
                    size += bytes.Length;
                    break;
                case string text:
                    size += 3L * text.Length;
                    break;
                case IConvertible or null:
                    break;
                default:
                    return false;
            }
        }

        return size < most;
    }

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

    private static int SizeOf(BasicProperties properties) => ((IAmqpWriteable)properties).GetRequiredBufferSize();

    private static IReadOnlyDictionary<string, object?>? Readable(IDictionary<string, object?>? headers) =>
        headers is null or IReadOnlyDictionary<string, object?>
            ? (IReadOnlyDictionary<string, object?>?)headers
            : new Dictionary<string, object?>(headers, StringComparer.Ordinal);

    private static Dictionary<string, object?>? Writable(IReadOnlyDictionary<string, object?>? headers) => headers switch
    {
        null => null,
        Dictionary<string, object?> table => FittingTable(table),
        _ => FittingTable(new Dictionary<string, object?>(headers, StringComparer.Ordinal)),
    };

    private static Dictionary<string, object?> FittingTable(Dictionary<string, object?> table) => NamesFit(table)
        ? table
        : table.DistinctBy(entry => Fitting(entry.Key), StringComparer.Ordinal)
            .ToDictionary(entry => Fitting(entry.Key)!, entry => FittingValue(entry.Value), StringComparer.Ordinal);

    private static bool NamesFit(object? value) => value switch
    {
        IDictionary<string, object?> table => table.All(entry => ReferenceEquals(Fitting(entry.Key), entry.Key) && NamesFit(entry.Value)),
        IEnumerable<object?> list => list.All(NamesFit),
        _ => true,
    };

    private static object? FittingValue(object? value) => value switch
    {
        Dictionary<string, object?> table => FittingTable(table),
        List<object?> list => list.ConvertAll(FittingValue),
        _ => value,
    };

    /// <summary>A text as it fits into the 255 bytes of a short string.</summary>
    /// <remarks>The client reads each byte that is no UTF-8 as U+FFFD, which takes three. Publishers may send what they like, and
    /// what came in as a short string must go out as one, or the message could never leave its queue.</remarks>
    private static string? Fitting(string? text) =>
        text is null || text.Length <= MaxShortString / 3 || Encoding.UTF8.GetByteCount(text) <= MaxShortString ? text : text.Replace('\uFFFD', '?');
}
