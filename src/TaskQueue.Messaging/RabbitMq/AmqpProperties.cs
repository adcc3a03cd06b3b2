using System.Text;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Properties of messages between our form and the AMQP client's.</summary>
/// <remarks>Header values pass through untouched, in the types of the client. It has no word for a priority or timestamp of 0
/// (it leaves them out, which means the same to the broker), nor for an empty table inside a header (it reads it as no value).</remarks>
internal static class AmqpProperties
{
    private const int MaxShortString = 255;

    private static readonly string[] Explaining = [HeaderNames.Trace, HeaderNames.Error, HeaderNames.Reason];

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

    /// <summary>The properties to publish. <c>user-id</c> becomes a header: the broker accepts it from that very user only.</summary>
    public static BasicProperties Write(MessageProperties properties)
    {
        var headers = properties.UserId is { } user
            ? properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.UserId, user)).Headers
            : properties.Headers;
        return new BasicProperties
        {
            ContentType = Fitting(properties.ContentType),
            ContentEncoding = Fitting(properties.ContentEncoding),
            Headers = Writable(headers),
            Persistent = properties.Persistent,
            Priority = properties.Priority ?? 0,
            CorrelationId = Fitting(properties.CorrelationId),
            ReplyTo = Fitting(properties.ReplyTo),
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
    /// the publisher's own, the largest first.</remarks>
    /// <param name="properties">The properties.</param>
    /// <param name="frameMax">What was agreed upon with the broker; 0 for no limit.</param>
    public static void FitIntoFrame(BasicProperties properties, uint frameMax)
    {
        // The frame's own octets; class, weight and body size (AMQP 0-9-1, sections 4.2.3 and 4.2.6.1).
        const int Around = 8 + 12;
        if (SurelyFits(properties, frameMax))
        {
            return;
        }

        while (frameMax > 0 && properties.Headers is { Count: > 0 } headers && SizeOf(properties) + Around > frameMax)
        {
            var taken = Explaining.FirstOrDefault(headers.ContainsKey)
                ?? headers.OrderBy(header => header.Key.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal))
                    .ThenByDescending(header => SizeOf(new BasicProperties { Headers = new Dictionary<string, object?> { [header.Key] = header.Value } }))
                    .First().Key;
            // A copy: they may be the delivery's own.
            properties.Headers = headers.Where(header => header.Key != taken).ToDictionary(StringComparer.Ordinal);
        }
    }

    // Nearly all messages are far from the limit, and measuring costs as much as encoding.
    private static bool SurelyFits(BasicProperties properties, uint frameMax)
    {
        if (properties.Headers is not { } headers)
        {
            return true;
        }

        // Eleven short strings and the fixed fields; then the headers, each with its name.
        const int AllElse = 12 * (MaxShortString + 1);
        const int Number = 16;
        long most = AllElse;
        foreach (var (_, value) in headers)
        {
            most += MaxShortString + Number;
            switch (value)
            {
                case byte[] bytes:
                    most += bytes.Length;
                    break;
                case string text:
                    most += 3L * text.Length;
                    break;
                case IConvertible or null:
                    break;
                default:
                    return false;
            }
        }

        return most < frameMax;
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
