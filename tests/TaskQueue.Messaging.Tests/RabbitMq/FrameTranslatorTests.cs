using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Amqp;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class FrameTranslatorTests
{
    private static readonly Gen<byte[]> Frames =
        from frames in (
            from type in Gen.Elements(FrameType.Method, FrameType.Header, FrameType.Body, FrameType.Heartbeat)
            from payload in Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf()
            select Frame(type, type == FrameType.Header ? [.. new byte[12], .. payload, 1, 2, 3] : payload)).ListOf()
        select frames.SelectMany(frame => frame).ToArray();

    [Fact]
    public void What_is_read_is_written_again_byte_for_byte_wherever_it_is_cut() => Prop.ForAll(
        Frames.ToArbitrary(),
        Gen.Choose(1, 40).NonEmptyListOf().ToArbitrary(),
        (stream, lengths) =>
        {
            var carried = Translated(FrameTranslator.ForReading(), stream, lengths);
            var begin = "AMQP\0\0\u0009\u0001"u8.ToArray();
            return Translated(FrameTranslator.ForWriting(), [.. begin, .. carried], lengths).AsSpan(begin.Length).SequenceEqual(stream);
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Properties_become_one_field_without_a_name()
    {
        byte[] properties = [0x10, 0, 2];
        var frame = Frame(FrameType.Header, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, .. properties]);

        var carried = Translated(FrameTranslator.ForReading(), frame, [frame.Length]);

        Assert.Equal(
            Frame(FrameType.Header, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0x20, 0, 0, 0, 0, 9, 0, (byte)'x', 0, 0, 0, 3, .. properties]), carried);
    }

    [Theory]
    [InlineData(new byte[] { 0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7, 0, 0 })]
    [InlineData(new byte[] { 0, 60 })]
    public void A_header_without_properties_stays_as_it_is(byte[] payload)
    {
        var frame = Frame(FrameType.Header, payload);

        Assert.Equal(frame, Translated(FrameTranslator.ForReading(), frame, [1]));
    }

    private static byte[] Translated(FrameTranslator translator, byte[] stream, List<int> lengths)
    {
        var output = new ArrayBufferWriter<byte>();
        for (var (at, i) = (0, 0); at < stream.Length; i++)
        {
            var length = Math.Min(lengths[i % lengths.Count], stream.Length - at);
            translator.Translate(stream.AsSpan(at, length), output);
            at += length;
        }

        return output.WrittenSpan.ToArray();
    }

    private static byte[] Frame(FrameType type, byte[] payload)
    {
        var head = new byte[FrameHeader.Bytes];
        new FrameHeader(type, 3, (uint)payload.Length).Write(head);
        return [.. head, .. payload, FrameHeader.End];
    }
}
