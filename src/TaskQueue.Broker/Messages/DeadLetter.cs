using System.Buffers;
using TaskQueue.Amqp;
using TaskQueue.Broker.Storage;

namespace TaskQueue.Broker.Messages;

/// <summary>What becomes of a message that dies in a queue: the header <c>x-death</c> as RabbitMQ writes it.</summary>
/// <remarks><see href="https://www.rabbitmq.com/docs/dlx#effects"/></remarks>
internal static class DeadLetter
{
    private const string Deaths = "x-death", Cc = "CC", QueueField = "queue", ReasonField = "reason", CountField = "count";

    /// <summary>The message as it is published anew.</summary>
    /// <param name="routingKey">The queue's own key for its dead letters, or <see langword="null"/> to keep the message's.</param>
    /// <param name="now">Seconds since 1970.</param>
    public static StoredContent Of(StoredContent content, string queue, string reason, string exchange, string? routingKey, long now)
    {
        var properties = HeaderTable.Change(
            content.Properties,
            headers =>
            {
                ContentProperties.Read(content.Properties, out var read);
                Add(headers, content, queue, reason, now, read.Expiration);
                if (routingKey is not null)
                {
                    headers.Remove(Cc);
                }
            },
            read => read with { Expiration = null });
        return content with { Exchange = exchange, RoutingKey = routingKey ?? content.RoutingKey, Properties = properties };
    }

    /// <summary>The routing keys of a message: its own, and those of its header CC.</summary>
    public static IEnumerable<string> KeysOf(StoredContent content)
    {
        ContentProperties.Read(content.Properties, out var read);
        return read.Headers is { IsEmpty: false } headers && new HeaderTable(headers)[Cc] is (FieldKind.Array, var list)
            ? [content.RoutingKey, .. Publication.Texts(list[sizeof(uint)..])]
            : [content.RoutingKey];
    }

    /// <summary>Whether a message that was not rejected would go round for ever: it died in this queue before, and nobody rejected it since.</summary>
    public static bool IsCycle(StoredContent content, string queue)
    {
        ContentProperties.Read(content.Properties, out var read);
        if (new HeaderTable(read.Headers ?? default)[Deaths] is not (FieldKind.Array, var list))
        {
            return false;
        }

        foreach (var death in Tables(list))
        {
            if (death.Text(ReasonField) == "rejected")
            {
                return false;
            }

            if (death.Text(QueueField) == queue)
            {
                return true;
            }
        }

        return false;
    }

    private static void Add(HeaderTable headers, StoredContent content, string queue, string reason, long now, string? expiration)
    {
        List<HeaderTable> deaths = headers[Deaths] is (FieldKind.Array, var list) ? [.. Tables(list)] : [];
        var isFirst = headers[Deaths] is null;
        if (deaths.Find(death => death.Text(QueueField) == queue && death.Text(ReasonField) == reason) is { } same)
        {
            deaths.Remove(same);
            same.SetInt64(CountField, 1 + (same[CountField] is (FieldKind.Int64, var count) && FieldValue.Read(FieldKind.Int64, count) is long number ? number : 0));
            same.Sort();
            deaths.Insert(0, same);
        }
        else
        {
            var death = NewDeath(content, queue, reason, now, expiration);
            if (!isFirst)
            {
                death.Sort();
            }

            deaths.Insert(0, death);
        }

        if (isFirst)
        {
            headers.SetText("x-first-death-reason", reason);
            headers.SetText("x-first-death-queue", queue);
            headers.SetText("x-first-death-exchange", content.Exchange);
        }

        headers.Set(Deaths, FieldKind.Array, ListOf(deaths));
        headers.Sort();
    }

    private static HeaderTable NewDeath(StoredContent content, string queue, string reason, long now, string? expiration)
    {
        var death = new HeaderTable(default);
        death.SetInt64(CountField, 1);
        death.SetText(ReasonField, reason);
        death.SetText(QueueField, queue);
        death.Set("time", FieldKind.Timestamp, FieldValue.Timestamp((ulong)now).Bytes);
        death.SetText("exchange", content.Exchange);
        var keys = new ArrayBufferWriter<byte>();
        foreach (var key in KeysOf(content))
        {
            new AmqpWriter(keys).Byte((byte)FieldKind.LongString);
            new AmqpWriter(keys).LongBytes(System.Text.Encoding.UTF8.GetBytes(key));
        }

        death.Set("routing-keys", FieldKind.Array, HeaderTable.LongBytes(keys.WrittenSpan));
        if (expiration is not null)
        {
            death.SetText("original-expiration", expiration);
        }

        return death;
    }

    private static byte[] ListOf(IEnumerable<HeaderTable> tables)
    {
        var items = new ArrayBufferWriter<byte>();
        foreach (var table in tables)
        {
            new AmqpWriter(items).Byte((byte)FieldKind.Table);
            new AmqpWriter(items).LongBytes(table.ToBytes());
        }

        return HeaderTable.LongBytes(items.WrittenSpan);
    }

    private static IEnumerable<HeaderTable> Tables(ReadOnlyMemory<byte> list)
    {
        var items = FieldTable.Items(list[sizeof(uint)..]);
        while (items.MoveNext())
        {
            if (items.Kind == FieldKind.Table)
            {
                yield return new HeaderTable(items.Value[sizeof(uint)..]);
            }
        }
    }
}
