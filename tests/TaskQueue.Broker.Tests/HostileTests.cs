using System.Net;
using System.Net.Sockets;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests;

/// <summary>Whatever one client sends costs the others nothing, and is answered with the right code.</summary>
public sealed class HostileTests
{
    private const string Queue = "q";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(18_000)]
    [InlineData(300)]
    public async Task A_table_that_is_nested_too_deep_ends_its_connection(int levels)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await OpenAsync(broker);

        await client.SendAsync(1, new QueueDeclare { Queue = Queue, Arguments = Nested(levels) }, TestEnds);

        Assert.Equal(ReplyCode.FrameError, await CloseCodeAsync(client));
        await IsWellAsync(broker);
    }

    [Fact]
    public async Task Headers_that_are_nested_too_deep_end_their_connection()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await OpenAsync(broker);
        var properties = new System.Buffers.ArrayBufferWriter<byte>();
        (new ContentProperties { Headers = Nested(18_000) }).Write(properties);

        await client.SendAsync(1, new BasicPublish { RoutingKey = Queue }, properties.WrittenSpan.ToArray(), [], TestEnds);

        Assert.Equal(ReplyCode.InternalError, await CloseCodeAsync(client));
        await IsWellAsync(broker);
    }

    [Theory]
    [InlineData(FrameType.Body, 1, ReplyCode.UnexpectedFrame)]
    [InlineData(FrameType.Header, 1, ReplyCode.UnexpectedFrame)]
    [InlineData(FrameType.Heartbeat, 1, ReplyCode.FrameError)]
    [InlineData(FrameType.Heartbeat, 0, ReplyCode.FrameError)]
    [InlineData(FrameType.Body, 0, ReplyCode.UnexpectedFrame)]
    [InlineData((FrameType)7, 1, ReplyCode.FrameError)]
    public async Task A_frame_that_has_no_place_ends_its_connection(FrameType type, ushort channel, ReplyCode code)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await OpenAsync(broker);
        var frame = new FrameBuffer(64);
        frame.Append(type, channel, "x"u8);

        await client.SendAsync(frame.Written, TestEnds);

        Assert.Equal(code, await CloseCodeAsync(client));
    }

    [Theory]
    [InlineData(1, 60)]
    [InlineData(0, 10)]
    [InlineData(1, 99)]
    public async Task A_method_that_does_not_exist_ends_its_connection_without_a_word(ushort channel, byte classId)
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await OpenAsync(broker);
        var frame = new FrameBuffer(64);
        frame.Append(FrameType.Method, channel, [0, classId, 0, 250]);

        await client.SendAsync(frame.Written, TestEnds);

        Assert.False(await client.Incoming.WaitToReadAsync(TestEnds));
        await IsWellAsync(broker);
    }

    [Fact]
    public async Task A_frame_of_more_than_was_agreed_on_ends_its_connection_at_once()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await OpenAsync(broker);
        var header = new byte[FrameHeader.Bytes];
        new FrameHeader(FrameType.Method, 1, 1 << 30).Write(header);

        await client.SendAsync(header, TestEnds);

        Assert.Equal(ReplyCode.FrameError, await CloseCodeAsync(client));
    }

    [Fact]
    public async Task A_routing_key_for_dead_letters_that_no_message_could_have_is_refused()
    {
        await using var broker = await TestBroker.StartAsync();
        await using var client = await OpenAsync(broker);
        var arguments = new System.Buffers.ArrayBufferWriter<byte>();
        FieldWriter.Write([new("x-dead-letter-exchange", ""), new("x-dead-letter-routing-key", new string('k', 256))], arguments);

        await client.SendAsync(1, new QueueDeclare { Queue = Queue, Arguments = arguments.WrittenMemory[sizeof(uint)..] }, TestEnds);

        var close = Assert.IsType<ChannelClose>((await client.Incoming.ReadAsync(TestEnds)).Method);
        Assert.Equal((ushort)ReplyCode.PreconditionFailed, close.Code);
    }

    [Fact]
    public async Task Those_who_connect_and_say_nothing_keep_nobody_out()
    {
        const int Silent = 300;
        await using var broker = await TestBroker.StartAsync();
        var silent = new List<TcpClient>();
        try
        {
            for (var i = 0; i < Silent; i++)
            {
                silent.Add(new TcpClient());
                await silent[^1].ConnectAsync(IPAddress.Loopback, broker.Port, TestEnds);
            }

            await IsWellAsync(broker);

            // The first had to go for the last.
            Assert.True(await IsEndedAsync(silent[0]));
        }
        finally
        {
            silent.ForEach(client => client.Dispose());
        }
    }

    [Fact]
    public async Task Random_frames_never_harm_others()
    {
        const int Clients = 60, Frames = 20;
        await using var broker = await TestBroker.StartAsync();
        var random = new Random(1);
        for (var i = 0; i < Clients; i++)
        {
            await using var client = await OpenAsync(broker);
            for (var frame = 0; frame < Frames; frame++)
            {
                await SendRandomAsync(client, random);
            }
        }

        await IsWellAsync(broker);
        Assert.False(broker.Broker.Failed.IsCompleted);
    }

    [Fact]
    public async Task A_message_that_is_larger_than_allowed_ends_its_channel_and_is_not_kept()
    {
        await using var broker = await TestBroker.StartAsync(options => options with { MaxMessageBytes = 10_000 });
        await using var client = await OpenAsync(broker);

        await client.SendAsync(1, new BasicPublish { RoutingKey = Queue }, [0, 0], new byte[300_000], TestEnds);

        var close = Assert.IsType<ChannelClose>((await client.Incoming.ReadAsync(TestEnds)).Method);
        Assert.Equal((ushort)ReplyCode.PreconditionFailed, close.Code);
    }

    [Fact]
    public async Task Whoever_reads_nothing_gets_no_more_than_fits_and_holds_up_nobody_else()
    {
        const int Messages = 20_000, BodyBytes = 1_000;
        await using var broker = await TestBroker.StartAsync();
        await using var publisher = await OpenAsync(broker);
        await publisher.SendAsync(1, new QueueDeclare { Queue = Queue }, TestEnds);
        await publisher.Incoming.ReadAsync(TestEnds);
        await using var deaf = await OpenAsync(broker);
        await deaf.SendAsync(1, new BasicConsume { Queue = Queue, NoAck = false, ConsumerTag = "deaf" }, TestEnds);
        await deaf.Incoming.ReadAsync(TestEnds);
        deaf.StopReading();

        for (var i = 0; i < Messages; i++)
        {
            await publisher.SendAsync(1, new BasicPublish { RoutingKey = Queue }, [0, 0], new byte[BodyBytes], TestEnds);
        }

        // What is not stuck on the way to the deaf one is left for others.
        QueueInfo? queue = null;
        await Eventually.TrueAsync(
            async () => (queue = (await broker.Broker.ListQueuesAsync()).Single()) is var now && now.Ready + now.Unacked == Messages, () => $"all messages; {queue}");
        Assert.InRange(queue!.Unacked, 1, Messages / 2);
        await using var reader = await OpenAsync(broker);
        await reader.SendAsync(1, new BasicConsume { Queue = Queue, NoAck = true, ConsumerTag = "c" }, TestEnds);
        for (var got = 0; got < Messages / 2;)
        {
            got += (await reader.Incoming.ReadAsync(TestEnds)).Method is BasicDeliver ? 1 : 0;
        }
    }

    private static async Task<RawConnection> OpenAsync(TestBroker broker)
    {
        var client = await RawConnection.OpenAsync(broker.Port, TestEnds);
        await client.OpenChannelAsync(1, TestEnds);
        return client;
    }

    private static async Task<ReplyCode> CloseCodeAsync(RawConnection client) =>
        (ReplyCode)Assert.IsType<ConnectionClose>((await client.Incoming.ReadAsync(TestEnds)).Method).Code;

    private static async Task<bool> IsEndedAsync(TcpClient client)
    {
        try
        {
            return await client.GetStream().ReadAsync(new byte[1], TestEnds) == 0;
        }
        catch (IOException)
        {
            return true;
        }
    }

    private static async Task IsWellAsync(TestBroker broker)
    {
        await using var other = await OpenAsync(broker);
        await other.SendAsync(1, new QueueDeclare { Queue = "well" }, TestEnds);
        Assert.IsType<QueueDeclareOk>((await other.Incoming.ReadAsync(TestEnds)).Method);
    }

    private static byte[] Nested(int levels)
    {
        var bytes = new List<byte>();
        // The innermost comes last: lengths are known from the outside in.
        const int PerLevel = 1 + 1 + sizeof(uint);
        for (var level = 0; level < levels; level++)
        {
            var inside = (levels - level - 1) * PerLevel;
            bytes.AddRange([0, (byte)FieldKind.Table, (byte)(inside >> 24), (byte)(inside >> 16), (byte)(inside >> 8), (byte)inside]);
        }

        return [.. bytes];
    }

    private static async Task SendRandomAsync(RawConnection client, Random random)
    {
        var frame = new FrameBuffer(64);
        var payload = new byte[random.Next(0, 60)];
        random.NextBytes(payload);
        if (payload.Length > 4)
        {
            (payload[0], payload[2]) = (0, 0);
            (payload[1], payload[3]) = ((byte)(random.Next(1, 10) * 10), (byte)(random.Next(1, 13) * 10));
        }

        frame.Append((FrameType)random.Next(1, 4), (ushort)random.Next(0, 3), payload);
        try
        {
            await client.SendAsync(frame.Written, TestEnds);
        }
        catch (IOException)
        {
            // The broker has enough of it.
        }
    }
}
