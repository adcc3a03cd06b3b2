using System.Globalization;
using System.Text;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Messages;

/// <summary>A message as it was published, with what of its properties the broker heeds.</summary>
internal sealed class Publication
{
    private const string Cc = "CC", Bcc = "BCC";
    private const long LongestTtl = 315_360_000_000;

    public required StoredContent Content { get; init; }

    public bool IsPersistent { get; private init; }

    public byte? Priority { get; private init; }

    public string? UserId { get; private init; }

    /// <summary>Milliseconds that it may wait.</summary>
    public long? Ttl { get; private init; }

    /// <summary>Whether it wants its answers by direct reply-to, and so an address.</summary>
    public bool WantsReplies { get; private init; }

    /// <summary>Further routing keys, of the headers CC and BCC.</summary>
    public IReadOnlyList<string> FurtherKeys { get; private init; } = [];

    /// <summary>Whether its body was too large to be kept.</summary>
    public bool IsTooLarge { get; private init; }

    /// <summary>Why it cannot be published, or <see langword="null"/>.</summary>
    public AmqpException? Fault { get; private init; }

    /// <summary>Reads what came. Whatever is wrong is in <see cref="Fault"/>.</summary>
    /// <param name="properties">What stands behind the body's size in the content header.</param>
    public static Publication Read(BasicPublish method, ReadOnlyMemory<byte> properties, ReadOnlyMemory<byte> body)
    {
        var content = new StoredContent(method.Exchange, method.RoutingKey, properties, body);
        if (ContentProperties.Read(properties, out var read) is { } fault
            || (read.Headers is { } table && (fault = FieldTable.Fault(table.Span, ArgumentTable.Limits)) is not null))
        {
            return new Publication { Content = content, Fault = new AmqpException(ReplyCode.InternalError, $"the properties of a message cannot be read: {fault}") };
        }

        var (ttl, wrongTtl) = TtlOf(read.Expiration);
        List<string> keys = [];
        AmqpException? wrongKeys = null;
        if (read.Headers is { IsEmpty: false } headers && MayHaveKeys(headers.Span))
        {
            (keys, wrongKeys) = FurtherKeysOf(new HeaderTable(headers));
            content = content with { Properties = WithoutBcc(properties, headers) };
        }

        return new Publication
        {
            Content = content,
            IsPersistent = read.DeliveryMode == 2,
            Priority = read.Priority,
            UserId = read.UserId,
            Ttl = ttl,
            WantsReplies = read.ReplyTo == ResourceNames.ReplyTo,
            FurtherKeys = keys,
            Fault = wrongTtl ?? wrongKeys,
        };
    }

    /// <summary>What is left of a message whose body is too large.</summary>
    public static Publication TooLarge(BasicPublish method, ulong bytes, long most) => new()
    {
        Content = new StoredContent(method.Exchange, method.RoutingKey, default, default),
        IsTooLarge = true,
        Fault = new AmqpException(ReplyCode.PreconditionFailed, $"message size {bytes} is larger than configured max size {most}"),
    };

    /// <summary>The long strings of a list; values of other types are passed over.</summary>
    public static IEnumerable<string> Texts(ReadOnlyMemory<byte> list)
    {
        var items = FieldTable.Items(list);
        while (items.MoveNext())
        {
            if (items.Kind == FieldKind.LongString)
            {
                yield return Encoding.UTF8.GetString(items.Value.Span[sizeof(uint)..]);
            }
        }
    }

    private static (long? Ttl, AmqpException? Fault) TtlOf(string? expiration) => expiration is null ? (null, null)
        : expiration.Length > 0 && expiration.All(char.IsAsciiDigit) && long.TryParse(expiration, CultureInfo.InvariantCulture, out var ttl) && ttl <= LongestTtl
            ? (ttl, null)
            : (null, new AmqpException(ReplyCode.PreconditionFailed, $"invalid expiration '{expiration}'"));

    // Nearly no message has one of the two; "CC" is in both.
    private static bool MayHaveKeys(ReadOnlySpan<byte> headers) => headers.IndexOf("CC"u8) >= 0;

    private static ReadOnlyMemory<byte> WithoutBcc(ReadOnlyMemory<byte> properties, ReadOnlyMemory<byte> headers) =>
        new HeaderTable(headers)[Bcc] is null ? properties : HeaderTable.Change(properties, table => table.Remove(Bcc));

    private static (List<string> Keys, AmqpException? Fault) FurtherKeysOf(HeaderTable headers)
    {
        List<string> keys = [];
        foreach (var name in (string[])[Cc, Bcc])
        {
            if (headers[name] is not var (kind, value))
            {
                continue;
            }

            if (kind != FieldKind.Array)
            {
                return (keys, new AmqpException(
                    ReplyCode.PreconditionFailed, $"invalid message: {{unacceptable_type_in_header,\"{name}\",{new Argument(kind, value).TypeName}}}"));
            }

            keys.AddRange(Texts(value[sizeof(uint)..]));
        }

        return (keys, null);
    }
}
