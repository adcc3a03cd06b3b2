using TaskQueue.Chaos.Staging;
using TaskQueue.Messaging;

namespace TaskQueue.Chaos.Fuzzing;

/// <summary>Messages that have once stopped a dispatcher or a pool, multiplied a task, or lost one; and their kin.</summary>
internal static class KnownCases
{
    /// <summary>A queue that takes next to nothing.</summary>
    public const string FullQueue = "full";

    /// <summary>Every type of RabbitMQ's field tables that workers are handed, at the ends of its range.</summary>
    private static readonly byte[][] Fields =
    [
        [.. "t\u0007"u8], [.. "b"u8, 0x80], [.. "B"u8, 0xFF], [.. "s"u8, 0x80, 0], [.. "u"u8, 0xFF, 0xFF], [.. "I"u8, 0x80, 0, 0, 0], [.. "i"u8, 0xFF, 0xFF, 0xFF, 0xFF],
        [.. "l"u8, 0x80, 0, 0, 0, 0, 0, 0, 0], [.. "L"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], [.. "f"u8, 0x7F, 0x7F, 0xFF, 0xFF],
        [.. "d"u8, 0, 0, 0, 0, 0, 0, 0, 1], [.. "D"u8, 28, 0xFF, 0xFF, 0xFF, 0xFF], [.. "S"u8, 0, 0, 0, 2, 0xC3, 0x28], [.. "x"u8, 0, 0, 0, 2, 0xFF, 0],
        [.. "T"u8, 0, 0, 0, 0x3A, 0xFF, 0xF4, 0x41, 0x7F], [.. "F"u8, 0, 0, 0, 0], [.. "A"u8, 0, 0, 0, 0], [.. "V"u8],
    ];

    private static readonly Func<Draw, PropertyWriter, HostileMessage>[] All =
    [
        (draw, properties) =>
        {
            properties.AddField("CC"u8, PropertyWriter.List(HostileMessage.CopyQueue));
            return Of("CC, for no pool", properties, draw.Workitem(Draw.UnservedType), Places.Unroutable) with { Copies = 1 };
        },
        (draw, properties) =>
        {
            properties.AddField("CC"u8, PropertyWriter.List(Stage.Queues.TaskQueue, HostileMessage.CopyQueue));
            return Of("CC to taskqueue", properties, draw.Workitem(), Places.Done) with { Copies = 1 };
        },
        (draw, properties) =>
        {
            properties.AddField("BCC"u8, PropertyWriter.List(HostileMessage.CopyQueue));
            return Of("BCC, fails", properties, draw.Workitem(does: "permanent"), Places.Failed) with { Copies = 1 };
        },
        (draw, properties) =>
        {
            properties.MessageId = [.. Enumerable.Repeat((byte)'m', draw.Next(249, 256))];
            var fails = draw.Next(2) == 0;
            return Of("longest message-id", properties, draw.Workitem(does: fails ? "permanent" : ""), fails ? Places.Failed : Places.Done);
        },
        (draw, properties) =>
        {
            properties.AddField("x"u8, [(byte)'D', (byte)draw.Next(29, 256), 0, 0, 0, 1]);
            return Of("decimal of a large scale", properties, draw.Workitem(), Places.Rejected);
        },
        (draw, properties) =>
        {
            properties.AddField("x"u8, [(byte)'T', (byte)draw.Next(1, 256), 0, 0, 0, 0, 0, 0, 0]);
            return Of("time after the year 9999", properties, draw.Workitem(), Places.Rejected);
        },
        (draw, properties) => Deep("deep headers", draw, properties, draw.Next(130, 300), draw.Next(130, 300)),
        (draw, properties) =>
        {
            properties.AddField("x"u8, draw.Next(2) == 0 ? PropertyWriter.NestedTable(draw.Next(1, 128)) : PropertyWriter.NestedList(draw.Next(1, 128)));
            return Of("nested headers", properties, draw.Workitem(), Places.Done);
        },
        (draw, properties) => Replying("reply-to a full queue", FullQueue, draw, properties, Places.Delayed | Places.Done),
        // Who does not hear its answer because its own connection has ended meanwhile is not told.
        (draw, properties) => Replying("direct reply-to", RawPublisher.DirectReply, draw, properties, Places.Done | Places.Unanswered),
        (draw, properties) => Replying(
            "reply-to a queue of the system",
            draw.Any(Stage.Queues.TaskQueue, Stage.Queues.Rejected, "taskqueue.cancelled", Stage.Queues.Worker(Draw.KnownType), Stage.Queues.Buried(Stage.WorkerType), "taskqueue.delay.due"),
            draw,
            properties,
            Places.Unanswered),
        (draw, properties) => Replying("reply-to nobody", draw.Any("nobody", "amq.rabbitmq.reply-to.forged", "amq.gen-forged", "\0", "a\r\nb"), draw, properties, Places.Unanswered),
        (draw, properties) =>
        {
            foreach (var (index, field) in Fields.Index())
            {
                properties.AddField([(byte)('a' + index)], field);
            }

            return Of("every type of header", properties, draw.Workitem(), Places.Done);
        },
        (draw, properties) =>
        {
            properties.AddField(PropertyWriter.Utf8(HeaderNames.WorkerType), [.. "x"u8, 0, 0, 0, (byte)Draw.KnownType.Length, .. PropertyWriter.Utf8(Draw.KnownType)]);
            properties.ContentType = "application/octet-stream"u8.ToArray();
            properties.ContentEncoding = "gzip"u8.ToArray();
            return Of("worker-type in bytes, gzip", properties, draw.Noise(draw.Next(1000)), Places.Done);
        },
        (draw, properties) =>
        {
            properties.UserId = "guest"u8.ToArray();
            properties.Priority = (byte)draw.Next(256);
            return Of("user-id and priority", properties, draw.Workitem(), Places.Done);
        },
        (draw, properties) =>
        {
            // What expires in a queue is dropped by the broker itself.
            properties.Expiration = PropertyWriter.Utf8(draw.Any("0", "1", "50", "1000"));
            return Of("short expiration", properties, draw.Workitem(), Places.Done | Places.Expired | Places.Nowhere);
        },
    ];

    public static HostileMessage Next(long number, Draw draw) => draw.Any(All)(draw, Draw.Properties(number));

    public static IEnumerable<(long Number, HostileMessage Message)> OneOfEach(long first, Draw draw) =>
        All.Select((one, index) => (first + index, one(draw, Draw.Properties(first + index))));

    /// <summary>Headers as deep as a frame has room for. RabbitMQ itself works on each such message for a second or more, long before anybody else sees it.</summary>
    public static HostileMessage NextDeepest(long number, Draw draw) => Deep("deepest headers", draw, Draw.Properties(number), 17_000, 25_000);

    private static HostileMessage Deep(string kind, Draw draw, PropertyWriter properties, int tables, int lists)
    {
        properties.AddField("x"u8, draw.Next(2) == 0 ? PropertyWriter.NestedTable(tables) : PropertyWriter.NestedList(lists));
        return Of(kind, properties, draw.Workitem(), Places.Rejected);
    }

    private static HostileMessage Replying(string kind, string replyTo, Draw draw, PropertyWriter properties, Places expected)
    {
        properties.ReplyTo = PropertyWriter.Utf8(replyTo);
        return Of(kind, properties, draw.Workitem(), expected);
    }

    private static HostileMessage Of(string kind, PropertyWriter properties, byte[] body, Places expected) => new(kind, properties.ToBytes(), body, expected);
}
