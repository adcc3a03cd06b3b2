using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;

namespace TaskQueue.Broker.DifferentialTests;

/// <summary>Frames where none, or others, belong: how they are called, and their bytes for a channel.</summary>
internal static class Frames
{
    public static IReadOnlyList<(string Name, Func<ushort, byte[]> Bytes)> All { get; } =
    [
        ("body without method", channel => Frame(FrameType.Body, channel, [1, 2, 3])),
        ("header without method", channel => Header(channel, ContentProperties.ClassId, 0)),
        ("heartbeat on a channel", channel => Frame(FrameType.Heartbeat, channel, [])),
        ("heartbeat with a payload", _ => Frame(FrameType.Heartbeat, 0, [1])),
        ("heartbeat", _ => Frame(FrameType.Heartbeat, 0, [])),
        ("unknown type", channel => Frame((FrameType)7, channel, [1])),

        // Not a method that does not exist: RabbitMQ drops the connection for it without a word. See docs/broker.md.
        ("method that is cut off", channel => Frame(FrameType.Method, channel, [0, 60, 0, 40, 0])),
        ("method without a class", channel => Frame(FrameType.Method, channel, [0, 60])),
        ("empty method", channel => Frame(FrameType.Method, channel, [])),
        ("wrong end", channel => [.. Frame(FrameType.Method, channel, [0, 20, 0, 20, 1])[..^1], 0]),
        ("larger than agreed", channel => Head(FrameType.Method, channel, 1 << 30)),
        ("method of a channel on the connection", _ => Of(0, new QueueDeclare { Queue = "q" })),
        ("method of the connection on a channel", channel => Of(channel, new ConnectionOpen())),
        ("channel that is not open", _ => Of(77, new QueueDeclare { Queue = "q" })),
        ("channel beyond the limit", _ => Of(2000, new ChannelOpen())),
        ("body in the place of a header", channel => [.. Publish(channel), .. Frame(FrameType.Body, channel, [1])]),
        ("method in the place of a header", channel => [.. Publish(channel), .. Of(channel, new BasicQos())]),
        ("method in the place of a body", channel => [.. Publish(channel), .. Header(channel, ContentProperties.ClassId, 3), .. Of(channel, new BasicQos())]),
        ("second header", channel => [.. Publish(channel), .. Header(channel, ContentProperties.ClassId, 3), .. Header(channel, ContentProperties.ClassId, 3)]),
        ("header of another class", channel => [.. Publish(channel), .. Header(channel, 50, 0)]),
        ("properties that are cut off", channel => [.. Publish(channel), .. Header(channel, ContentProperties.ClassId, 0, 0x80, 0, 9)]),
    ];

    private static byte[] Publish(ushort channel) => Of(channel, new BasicPublish { RoutingKey = "nowhere" });

    private static byte[] Of(ushort channel, Method method)
    {
        var frame = new FrameBuffer(64);
        frame.Append(channel, method);
        return frame.Written.ToArray();
    }

    private static byte[] Frame(FrameType type, ushort channel, byte[] payload)
    {
        var frame = new FrameBuffer(64);
        frame.Append(type, channel, payload);
        return frame.Written.ToArray();
    }

    private static byte[] Head(FrameType type, ushort channel, uint bytes)
    {
        var header = new byte[FrameHeader.Bytes];
        new FrameHeader(type, channel, bytes).Write(header);
        return header;
    }

    // Class, weight, size of the body, and flags with the properties behind.
    private static byte[] Header(ushort channel, ushort contentClass, byte size, params byte[] properties) =>
        Frame(FrameType.Header, channel, [(byte)(contentClass >> 8), (byte)contentClass, 0, 0, 0, 0, 0, 0, 0, 0, 0, size, .. properties.Length == 0 ? [0, 0] : properties]);
}
