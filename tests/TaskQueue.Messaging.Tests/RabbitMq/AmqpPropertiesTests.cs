using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Amqp;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class AmqpPropertiesTests
{
    [Fact]
    public void Moves_the_publishers_user_into_a_header_because_the_broker_would_not_take_it_from_us()
    {
        var written = AmqpProperties.Write(new MessageProperties { UserId = "alice", MessageId = "m" });

        Assert.Null(written.UserId);
        Assert.Equal("alice", written.Headers![HeaderNames.UserId]);
    }

    [Theory]
    [Trait("Case", "A1")]
    [Trait("Case", "A2")]
    [InlineData("CC")]
    [InlineData("BCC")]
    [InlineData("x-death")]
    [InlineData("x-first-death-queue")]
    [InlineData("x-last-death-reason")]
    [InlineData("x-delivery-count")]
    [InlineData("x-acquired-count")]
    [InlineData("x-delay")]
    [InlineData("x-deduplication-header")]
    public void Withholds_what_the_broker_would_act_on_and_keeps_it_under_another_name(string name)
    {
        var value = new List<object?> { "audit"u8.ToArray() };
        var headers = new Dictionary<string, object?> { [name] = value, ["Cc"] = "mine", [HeaderNames.Withheld(name)] = "of an earlier stage" };

        var written = AmqpProperties.Write(new MessageProperties { Headers = headers });

        Assert.Equal([$"x-taskqueue-withheld-{name}", "Cc"], written.Headers!.Keys.OrderBy(key => key.Length).Reverse());
        Assert.Same(value, written.Headers[HeaderNames.Withheld(name)]);
        Assert.Equal(3, headers.Count);
    }

    [Fact]
    public void Withholds_a_reply_to_that_only_the_broker_can_resolve()
    {
        var resolved = AmqpProperties.Write(new MessageProperties { ReplyTo = "amq.rabbitmq.reply-to.g1h2AA" });
        var written = AmqpProperties.Write(new MessageProperties { ReplyTo = "amq.rabbitmq.reply-to" });

        Assert.Equal("amq.rabbitmq.reply-to.g1h2AA", resolved.ReplyTo);
        Assert.Null(resolved.Headers);
        Assert.Null(written.ReplyTo);
        Assert.Equal("amq.rabbitmq.reply-to", written.Headers![HeaderNames.Withheld("reply-to")]);
    }

    [Fact]
    [Trait("Case", "A10")]
    public void Passes_header_values_on_as_they_are()
    {
        var headers = new Dictionary<string, object?>
        {
            ["bytes"] = new byte[] { 255 },
            ["timestamp"] = FieldValue.Timestamp(253_402_300_799),
            ["binary"] = FieldValue.Binary([1]),
            ["decimal"] = FieldValue.Decimal(2, -1234),
            ["unsigned"] = uint.MaxValue,
            ["nothing"] = null,
        };

        var read = WireProperties.Read(WireProperties.Write(new MessageProperties { Headers = headers, Priority = 0, Timestamp = 0 }));

        Assert.Equal(headers, read.Headers);
        Assert.Equal(((byte?)0, (long?)0), (read.Priority, read.Timestamp));
    }

    [Fact]
    [Trait("Case", "A10")]
    public void Whatever_a_delivery_had_is_published_again_byte_for_byte() => Prop.ForAll(
        Gen.Choose(0, 0x3FFF).ToArbitrary(),
        Gen.Choose(0, 255).ArrayOf(40).ToArbitrary(),
        (flags, fill) =>
        {
            var text = ShortString.Read(Array.ConvertAll(fill, value => (byte)value));
            string? Text(int bit) => (flags & (1 << bit)) != 0 ? text[..(fill[bit] % text.Length)] : null;
            var output = new ArrayBufferWriter<byte>();
            new ContentProperties
            {
                ContentType = Text(0),
                ContentEncoding = Text(1),
                Headers = (flags & 4) != 0 ? Array.Empty<byte>() : null,
                DeliveryMode = (flags & 8) != 0 ? (byte)fill[0] : null,
                Priority = (flags & 16) != 0 ? (byte)fill[1] : null,
                CorrelationId = Text(5),
                ReplyTo = Text(6),
                Expiration = Text(7),
                MessageId = Text(8),
                Timestamp = (flags & 512) != 0 ? ulong.MaxValue - (ulong)fill[2] : null,
                Type = Text(10),
                AppId = Text(12),
                ClusterId = Text(13),
            }.Write(output);

            var properties = WireProperties.Read(output.WrittenMemory);

            return properties.Unreadable is null && WireProperties.Write(AmqpProperties.Write(properties)).AsSpan().SequenceEqual(output.WrittenSpan);
        }).QuickCheckThrowOnFailure();

    [Fact]
    [Trait("Case", "A4")]
    public void What_cannot_be_read_is_published_byte_for_byte_but_for_what_commands_the_broker()
    {
        byte[] copies = [2, (byte)'C', (byte)'C', (byte)FieldKind.LongString, 0, 0, 0, 1, (byte)'q'], twice = [1, (byte)'x', (byte)FieldKind.Void];
        var raw = WireBytes(new ContentProperties { MessageId = "m", UserId = "u", Headers = (byte[])[.. twice, .. copies, .. twice] });
        var read = WireProperties.Read(raw);

        var written = WireProperties.Write(AmqpProperties.Write(read));

        Assert.Equal("the header \"x\" is there twice", read.Unreadable!.Reason);
        Assert.Null(read.Headers);
        Assert.Equal("m", read.MessageId);
        Assert.Equal(WireBytes(new ContentProperties { MessageId = "m", Headers = (byte[])[.. twice, .. twice] }), written);
    }

    [Fact]
    public void What_no_broker_would_take_is_not_sent() => Assert.Throws<InvalidOperationException>(
        () => AmqpProperties.Write(WireProperties.Read(WireBytes(new ContentProperties { Headers = new byte[] { 5, 1 } }))));

    [Fact]
    public void Leaves_out_what_is_not_set()
    {
        Assert.Equal([0x10, 0, 1], WireProperties.Write(AmqpProperties.Write(new MessageProperties { Persistent = false })));
        Assert.Equal(new MessageProperties { Persistent = false }, WireProperties.Read(new byte[] { 0x10, 0, 1 }));
    }

    private static byte[] WireBytes(ContentProperties properties)
    {
        var output = new ArrayBufferWriter<byte>();
        properties.Write(output);
        return output.WrittenSpan.ToArray();
    }
}
