using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Serialization;
using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.WorkerProtocol.Tests;

public sealed class FrameCodecTests
{
    private static readonly JsonSerializerOptions AllDoubles = new() { NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals };

    [Fact]
    public void Every_frame_comes_out_as_it_went_in()
    {
        Prop.ForAll(Frames.All.ToArbitrary(), frame =>
        {
            var bytes = Frames.Encode(frame);
            var buffer = new ReadOnlySequence<byte>(bytes);
            var read = Frames.Decode(ref buffer);

            // The JSON compares what a person means by the same frame, the bytes also the types of header values.
            return buffer.IsEmpty
                && read.Count == 1
                && Describe(read[0]) == Describe(frame)
                && Frames.Encode(read).AsSpan().SequenceEqual(bytes);
        }).Holds();
    }

    [Fact]
    public void Frames_are_read_wherever_the_stream_is_cut()
    {
        var cut =
            from frames in Frames.All.ListOf()
            from lengths in Gen.Choose(1, 40).NonEmptyListOf()
            select (Bytes: Frames.Encode(frames), frames.Count, Lengths: (IReadOnlyList<int>)lengths);

        Prop.ForAll(cut.ToArbitrary(), stream =>
        {
            var buffer = Segments.Cut(stream.Bytes, stream.Lengths);
            var read = Frames.Decode(ref buffer);
            return read.Count == stream.Count && buffer.IsEmpty && Frames.Encode(read).AsSpan().SequenceEqual(stream.Bytes);
        }).Holds();
    }

    [Fact]
    public void Half_a_frame_is_waited_for()
    {
        var halves = from frame in Frames.All let bytes = Frames.Encode(frame) from length in Gen.Choose(0, bytes.Length - 1) select bytes[..length];

        Prop.ForAll(halves.ToArbitrary(), half =>
        {
            var buffer = new ReadOnlySequence<byte>(half);
            return !FrameCodec.TryRead(ref buffer, FrameLimits.None, out _) && buffer.Length == half.Length;
        }).Holds();
    }

    [Fact]
    public void Arbitrary_bytes_are_refused_with_a_protocol_error_and_nothing_else() => Prop.ForAll<byte[]>(IsReadOrRefused).Holds();

    [Fact]
    public void Arbitrary_contents_are_refused_with_a_protocol_error_and_nothing_else()
    {
        var contents =
            from kind in Gen.Elements<byte>(1, 2, 3, 4, 16, 17, 18, 19, 20)
            from content in Gen.Choose(0, 255).Select(value => (byte)(value < 128 ? value % 4 : value)).ListOf()
            select WithLength([kind, .. content]);

        Prop.ForAll(contents.ToArbitrary(), IsReadOrRefused).Holds();
    }

    [Fact]
    public void Damaged_frames_are_refused_with_a_protocol_error_and_nothing_else()
    {
        var damaged =
            from frame in Frames.All
            let bytes = Frames.Encode(frame)
            from at in Gen.Choose(4, bytes.Length - 1)
            from value in Gen.Choose(0, 255)
            from removed in Gen.Choose(0, 1)
            select WithLength([.. bytes[4..at], (byte)value, .. bytes[Math.Min(bytes.Length, at + 1 + removed)..]]);

        Prop.ForAll(damaged.ToArbitrary(), IsReadOrRefused).Holds();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(FrameCodec.MaxFrameBytes + 1)]
    public void A_length_that_no_frame_has_is_refused_at_once(int length)
    {
        var header = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(header, length);

        var error = Assert.Throws<ProtocolException>(() => Read(header));

        Assert.Contains($"found {length}", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_count_that_the_frame_has_no_room_for_reserves_no_memory()
    {
        // A result that claims two billion messages.
        byte[] content = [18, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 0xFF, 0x7F];
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<ProtocolException>(() => Read(WithLength(content)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 100_000);
    }

    [Fact]
    public void A_frame_that_is_longer_than_its_content_is_refused() =>
        Assert.Contains("longer", Assert.Throws<ProtocolException>(() => Read(WithLength([4, 0]))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_header_of_another_type_does_not_fit()
    {
        var task = new TaskFrame { TaskId = 1, MessageId = "m", CorrelationId = "c", Headers = new Dictionary<string, object?> { ["x"] = 1m } };

        Assert.Contains("System.Decimal", Assert.Throws<ArgumentException>(() => Frames.Encode(task)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_character_becomes_a_replacement_character()
    {
        var buffer = new ReadOnlySequence<byte>(Frames.Encode(new UnusableFrame("a\ud800b")));

        Assert.Equal("a\ufffdb", Assert.IsType<UnusableFrame>(Assert.Single(Frames.Decode(ref buffer))).Error);
    }

    private static byte[] WithLength(byte[] content)
    {
        var frame = new byte[4 + content.Length];
        BinaryPrimitives.WriteInt32LittleEndian(frame, content.Length);
        content.CopyTo(frame, 4);
        return frame;
    }

    private static void Read(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        Frames.Decode(ref buffer);
    }

    private static bool IsReadOrRefused(byte[] bytes)
    {
        try
        {
            Read(bytes);
        }
        catch (ProtocolException)
        {
            // As it should be.
        }

        return true;
    }

    private static string Describe(Frame frame) => $"{frame.GetType().Name} {JsonSerializer.Serialize(frame, frame.GetType(), AllDoubles)}";
}
