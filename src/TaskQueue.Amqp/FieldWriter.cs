using System.Buffers;
using System.Buffers.Binary;
using System.Collections;
using System.Runtime.InteropServices;

namespace TaskQueue.Amqp;

/// <summary>Writes field tables out of values of .NET. Never by recursion.</summary>
public static class FieldWriter
{
    /// <summary>Appends a table with its length.</summary>
    /// <param name="table">Names and values: <see langword="null"/>, <see cref="string"/>, <c>byte[]</c> (a long string), <see cref="bool"/>, numbers,
    /// <see cref="FieldValue"/>, dictionaries and lists of these.</param>
    /// <param name="output">Where to.</param>
    /// <exception cref="ArgumentException">A value is of another type, or a name too long.</exception>
    public static void Write(IEnumerable<KeyValuePair<string, object?>> table, ArrayBufferWriter<byte> output)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(output);
        var open = new Stack<(int Start, IEnumerator Values)>();
        open.Push((Begin(output), table.GetEnumerator()));
        while (open.TryPeek(out var level))
        {
            if (!level.Values.MoveNext())
            {
                End(output, level.Start);
                (level.Values as IDisposable)?.Dispose();
                open.Pop();
                continue;
            }

            var value = level.Values.Current;
            if (value is KeyValuePair<string, object?> field)
            {
                new AmqpWriter(output).ShortString(field.Key);
                value = field.Value;
            }

            if (Inside(value) is var (kind, inside))
            {
                new AmqpWriter(output).Byte((byte)kind);
                open.Push((Begin(output), inside));
            }
            else
            {
                WriteScalar(value, new AmqpWriter(output));
            }
        }
    }

    private static (FieldKind Kind, IEnumerator Values)? Inside(object? value) => value switch
    {
        string or byte[] or FieldValue => null,
        IEnumerable<KeyValuePair<string, object?>> table => (FieldKind.Table, table.GetEnumerator()),
        IEnumerable list => (FieldKind.Array, list.GetEnumerator()),
        _ => null,
    };

    private static void WriteScalar(object? value, AmqpWriter to)
    {
        switch (value)
        {
            case null:
                to.Byte((byte)FieldKind.Void);
                break;
            case byte[] bytes:
                to.Byte((byte)FieldKind.LongString);
                to.LongBytes(bytes);
                break;
            case string text:
                to.Byte((byte)FieldKind.LongString);
                to.LongBytes(System.Text.Encoding.UTF8.GetBytes(text));
                break;
            case FieldValue field:
                to.Byte((byte)field.Kind);
                to.Raw(field.Bytes.Span);
                break;
            case bool flag:
                Small(FieldKind.Boolean, flag ? (byte)1 : (byte)0, to);
                break;
            case sbyte number:
                Small(FieldKind.Int8, unchecked((byte)number), to);
                break;
            case byte number:
                Small(FieldKind.UInt8, number, to);
                break;
            case short number:
                Short(FieldKind.Int16, unchecked((ushort)number), to);
                break;
            case ushort number:
                Short(FieldKind.UInt16, number, to);
                break;
            case int number:
                Long(FieldKind.Int32, unchecked((uint)number), to);
                break;
            case uint number:
                Long(FieldKind.UInt32, number, to);
                break;
            case float number:
                Long(FieldKind.Single, BitConverter.SingleToUInt32Bits(number), to);
                break;
            case long number:
                LongLong(FieldKind.Int64, unchecked((ulong)number), to);
                break;
            case ulong number:
                LongLong(FieldKind.UInt64, number, to);
                break;
            case double number:
                LongLong(FieldKind.Double, BitConverter.DoubleToUInt64Bits(number), to);
                break;
            case decimal number:
                WriteScalar(OfDecimal(number), to);
                break;
            default:
                throw new ArgumentException(
                    $"A header of type {value.GetType()} cannot be sent; expected a text, bytes, a number, a bool, {nameof(FieldValue)}, null, or a list or dictionary of these.",
                    nameof(value));
        }
    }

    private static FieldValue OfDecimal(decimal number)
    {
        Span<int> parts = stackalloc int[4];
        decimal.GetBits(number, parts);
        var value = number < 0 ? -(long)unchecked((uint)parts[0]) : unchecked((uint)parts[0]);
        return parts[1] == 0 && parts[2] == 0 && value is >= int.MinValue and <= int.MaxValue
            ? FieldValue.Decimal(number.Scale, (int)value)
            : throw new ArgumentException($"A decimal of AMQP has 32 bits for all its digits; {number} has more.", nameof(number));
    }

    private static void Small(FieldKind kind, byte value, AmqpWriter to)
    {
        to.Byte((byte)kind);
        to.Byte(value);
    }

    private static void Short(FieldKind kind, ushort value, AmqpWriter to)
    {
        to.Byte((byte)kind);
        to.UInt16(value);
    }

    private static void Long(FieldKind kind, uint value, AmqpWriter to)
    {
        to.Byte((byte)kind);
        to.UInt32(value);
    }

    private static void LongLong(FieldKind kind, ulong value, AmqpWriter to)
    {
        to.Byte((byte)kind);
        to.UInt64(value);
    }

    private static int Begin(ArrayBufferWriter<byte> output)
    {
        new AmqpWriter(output).UInt32(0);
        return output.WrittenCount;
    }

    // The length is known only now; the buffer is the caller's, who hands it to nobody meanwhile.
    private static void End(ArrayBufferWriter<byte> output, int start) =>
        BinaryPrimitives.WriteInt32BigEndian(MemoryMarshal.AsMemory(output.WrittenMemory).Span[(start - sizeof(uint))..], output.WrittenCount - start);
}
