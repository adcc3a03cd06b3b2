using System.Buffers;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.Amqp.Tests;

public sealed class ContentPropertiesTests
{
    // Any flags, short strings of any bytes, numbers of any value.
    private static readonly Gen<byte[]> AnyBytes =
        Gen.Choose(0, 0xFFFF).SelectMany(flags => Gen.Choose(0, 255).ArrayOf(60).Select(fill => Encoded((PropertyFlags)(flags & ~0b11), fill)));

    [Fact]
    public void All_properties_are_written_again_byte_for_byte() =>
        Prop.ForAll(AnyBytes.ToArbitrary(), bytes =>
        {
            var fault = ContentProperties.Read(bytes, out var properties);
            return fault is null && Written(properties).SequenceEqual(bytes);
        }).Holds();

    [Fact]
    public void Whatever_is_cut_off_or_changed_is_read_without_an_exception() =>
        Prop.ForAll(
            AnyBytes.ToArbitrary(),
            Gen.Choose(0, 1000).Three().ToArbitrary(),
            (bytes, at) =>
            {
                bytes[at.Item1 % bytes.Length] = (byte)at.Item2;
                ContentProperties.Read(bytes.AsMemory(0, at.Item3 % (bytes.Length + 1)), out var properties);
                return Written(properties).Length > 0;
            }).Holds();

    [Theory]
    [InlineData(new byte[] { }, "the properties end in the middle")]
    [InlineData(new byte[] { 0x80, 0, 5, 1 }, "the properties end in the middle")]
    [InlineData(new byte[] { 0x20, 0, 0, 0, 0, 9 }, "the properties end in the middle")]
    [InlineData(new byte[] { 0, 0, 1 }, "the properties have bytes behind their end")]
    [InlineData(new byte[] { 0, 1 }, "the properties have flags that AMQP 0-9-1 does not define")]
    public void What_is_wrong_is_said(byte[] bytes, string fault) => Assert.Equal(fault, ContentProperties.Read(bytes, out _));

    [Fact]
    public void Zero_is_not_the_same_as_missing()
    {
        var written = Written(new ContentProperties { Priority = 0, Timestamp = 0, Headers = Array.Empty<byte>() });

        Assert.Null(ContentProperties.Read(written, out var properties));
        Assert.Equal(((byte?)0, (ulong?)0, (int?)0), (properties.Priority, properties.Timestamp, properties.Headers?.Length));
    }

    [Fact]
    public void Texts_that_are_no_UTF8_keep_their_bytes() =>
        Prop.ForAll(Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf(255).ToArbitrary(), bytes =>
        {
            Span<byte> to = stackalloc byte[ShortString.MaxBytes];
            var length = ShortString.Write(ShortString.Read(bytes), to);
            return to[..length].SequenceEqual(bytes);
        }).Holds();

    [Theory]
    [InlineData("\U00010080")]
    [InlineData("ünï \U0001F600 €")]
    [InlineData("")]
    public void Texts_that_are_UTF8_stay_what_they_are(string text)
    {
        Span<byte> to = stackalloc byte[ShortString.MaxBytes];
        var length = ShortString.Write(text, to);

        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(text), to[..length].ToArray());
        Assert.Equal(text, ShortString.Read(to[..length]));
    }

    [Fact]
    public void A_text_that_is_too_long_for_a_short_string_is_refused()
    {
        Assert.True(ShortString.Fits(new string('é', 127)));
        Assert.False(ShortString.Fits(new string('é', 128)));
        Assert.Throws<ArgumentException>(() => Written(new ContentProperties { Type = new string('é', 128) }));
    }

    private static byte[] Written(ContentProperties properties)
    {
        var output = new ArrayBufferWriter<byte>();
        properties.Write(output);
        return output.WrittenSpan.ToArray();
    }

    private static byte[] Encoded(PropertyFlags flags, int[] fill)
    {
        var output = new ArrayBufferWriter<byte>();
        var to = new AmqpWriter(output);
        to.UInt16((ushort)flags);
        foreach (var flag in Enum.GetValues<PropertyFlags>().OrderDescending().Where(flag => flag != PropertyFlags.None && flags.HasFlag(flag)))
        {
            var bytes = Array.ConvertAll(fill[..(fill[0] % fill.Length)], value => (byte)value);
            switch (flag)
            {
                case PropertyFlags.Headers:
                    to.LongBytes(bytes);
                    break;
                case PropertyFlags.DeliveryMode or PropertyFlags.Priority:
                    to.Byte((byte)fill[1]);
                    break;
                case PropertyFlags.Timestamp:
                    to.UInt64(unchecked((ulong)fill[2] * 0x0101_0101_0101_0101));
                    break;
                default:
                    to.Byte((byte)bytes.Length);
                    to.Raw(bytes);
                    break;
            }
        }

        return output.WrittenSpan.ToArray();
    }
}
