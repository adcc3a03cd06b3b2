using System.Buffers;
using FsCheck;
using FsCheck.Fluent;

namespace TaskQueue.Amqp.Tests;

/// <summary>Field tables for tests.</summary>
internal static class Tables
{
    private static readonly Gen<byte[]> Bytes = Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf();

    private static readonly Gen<object?> Scalar = Gen.OneOf(
        Gen.Constant((object?)null),
        Bytes.Select(bytes => (object?)bytes),
        Gen.Elements<object?>(true, false, sbyte.MinValue, byte.MaxValue, short.MinValue, ushort.MaxValue, int.MinValue, uint.MaxValue, long.MinValue, ulong.MaxValue),
        Gen.Elements<object?>(float.NaN, float.NegativeInfinity, 0.1f, double.NaN, double.Epsilon, -0.0),
        Bytes.Select(bytes => (object?)FieldValue.Binary(bytes)),
        Gen.Choose(int.MinValue, int.MaxValue).SelectMany(value => Gen.Choose(0, 255).Select(scale => (object?)FieldValue.Decimal((byte)scale, value))),
        Gen.Elements<object?>(FieldValue.Timestamp(0), FieldValue.Timestamp(ulong.MaxValue)));

    /// <summary>Tables of all types, with short strings that are mostly no UTF-8 for names, and lists and tables inside.</summary>
    public static readonly Gen<Dictionary<string, object?>> Any = Gen.Sized(size => Table(Math.Min(size, 20)));

    /// <summary>The content of a table.</summary>
    public static byte[] Content(IEnumerable<KeyValuePair<string, object?>> table)
    {
        var output = new ArrayBufferWriter<byte>();
        FieldWriter.Write(table, output);
        return output.WrittenSpan[sizeof(uint)..].ToArray();
    }

    /// <summary>The content of a table that holds one header, <c>x</c>, of tables or lists inside of each other.</summary>
    public static byte[] Nested(int levels, bool lists)
    {
        object? value = null;
        for (var i = 0; i < levels; i++)
        {
            value = lists ? new object?[] { value } : new Dictionary<string, object?> { [""] = value };
        }

        return Content([KeyValuePair.Create("x", value)]);
    }

    private static Gen<Dictionary<string, object?>> Table(int size) =>
        Bytes.Select(bytes => ShortString.Read(bytes.AsSpan(0, Math.Min(bytes.Length, ShortString.MaxBytes))))
            .SelectMany(name => Value(size / 2).Select(value => KeyValuePair.Create(name, value)))
            .ListOf()
            .Select(fields => fields.DistinctBy(field => field.Key).ToDictionary(StringComparer.Ordinal));

    private static Gen<object?> Value(int size) => size == 0
        ? Scalar
        : Gen.OneOf(Scalar, Table(size / 2).Select(table => (object?)table), Value(size / 2).ListOf().Select(list => (object?)list.ToList()));
}
