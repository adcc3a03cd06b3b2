using System.Buffers.Binary;

namespace TaskQueue.Amqp;

/// <summary>The content of a field table: names, each with a value. Read in one pass, never by recursion.</summary>
public static class FieldTable
{
    // One level takes at least an octet for its kind and four for its length: no frame holds more.
    private const int MostLevels = 4096, LongestQuote = 60;
    private const int Unknown = -1, CutOff = -2;

    /// <summary>Looks for what keeps a table from being read, at any depth.</summary>
    /// <param name="table">Its content, without the length.</param>
    /// <param name="limits">How far it may go.</param>
    /// <returns>What is wrong, for people, or <see langword="null"/>.</returns>
    public static string? Fault(ReadOnlySpan<byte> table, FieldLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limits.Levels, MostLevels, nameof(limits));

        // Where the table or list of each level ends, and whether it is a list.
        Span<(int End, bool IsList)> open = stackalloc (int, bool)[limits.Levels + 1];
        open[0] = (table.Length, false);
        var (level, position, fields) = (0, 0, 0);
        var header = default(Range);
        while (true)
        {
            var (end, isList) = open[level];
            if (position == end)
            {
                if (level-- == 0)
                {
                    return null;
                }

                continue;
            }

            if (++fields > limits.Fields)
            {
                return $"more than {limits.Fields:N0} values";
            }

            if (!isList)
            {
                var name = (position + 1)..(position + 1 + table[position]);
                if (name.End.Value >= end)
                {
                    return At(table, header, "ends in the middle");
                }

                header = level == 0 ? name : header;
                position = name.End.Value;
            }

            var kind = (FieldKind)table[position++];
            var size = SizeOf(kind, table[position..end]);
            if (size < 0 || size > end - position)
            {
                return At(table, header, size == Unknown ? $"has a value of the unknown type 0x{(byte)kind:x2}" : "ends in the middle");
            }

            if (kind == FieldKind.Decimal && table[position] > limits.DecimalScale)
            {
                return At(table, header, $"has a decimal with {table[position]} digits behind the point, more than the {limits.DecimalScale} that are read");
            }

            if (kind == FieldKind.Timestamp && BinaryPrimitives.ReadUInt64BigEndian(table[position..]) is var seconds && seconds > limits.LatestTimestamp)
            {
                return At(table, header, $"has a time of {seconds} s since 1970, later than the {limits.LatestTimestamp} that are read");
            }

            if (kind is not (FieldKind.Table or FieldKind.Array))
            {
                position += size;
            }
            else if (level == limits.Levels)
            {
                return At(table, header, $"is nested deeper than {limits.Levels} levels");
            }
            else
            {
                open[++level] = (position + size, kind == FieldKind.Array);
                position += sizeof(uint);
            }
        }
    }

    /// <summary>The fields of a table, one after the other; what stands inside of them is not looked at.</summary>
    /// <param name="table">Its content, without the length.</param>
    public static FieldEnumerator Fields(ReadOnlyMemory<byte> table) => new(table, isList: false);

    /// <summary>The values of a list, one after the other; what stands inside of them is not looked at.</summary>
    /// <param name="list">Its content, without the length.</param>
    public static FieldEnumerator Items(ReadOnlyMemory<byte> list) => new(list, isList: true);

    /// <summary>How many bytes a value takes behind the octet of its kind.</summary>
    /// <returns>A number below 0 when that cannot be said.</returns>
    internal static int SizeOf(FieldKind kind, ReadOnlySpan<byte> bytes)
    {
        switch (kind)
        {
            case FieldKind.Void:
                return 0;
            case FieldKind.Boolean or FieldKind.Int8 or FieldKind.UInt8:
                return sizeof(byte);
            case FieldKind.Int16 or FieldKind.UInt16:
                return sizeof(short);
            case FieldKind.Int32 or FieldKind.UInt32 or FieldKind.Single:
                return sizeof(int);
            case FieldKind.Int64 or FieldKind.UInt64 or FieldKind.Double or FieldKind.Timestamp:
                return sizeof(long);
            case FieldKind.Decimal:
                return sizeof(byte) + sizeof(int);
            case FieldKind.LongString or FieldKind.Binary or FieldKind.Table or FieldKind.Array:
                return bytes.Length >= sizeof(uint)
                    && BinaryPrimitives.ReadUInt32BigEndian(bytes) is var length && length <= (uint)(bytes.Length - sizeof(uint))
                    ? sizeof(uint) + (int)length
                    : CutOff;
            default:
                return Unknown;
        }
    }

    private static string At(ReadOnlySpan<byte> table, Range header, string what)
    {
        var name = ShortString.Read(table[header]);
        return name.Length <= LongestQuote ? $"the header \"{name}\" {what}" : $"the header \"{name[..LongestQuote]}...\" {what}";
    }
}
