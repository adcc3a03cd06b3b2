using System.Buffers;
using System.Text;

namespace TaskQueue.WorkerProtocol;

/// <summary>Reads what <see cref="FrameWriter"/> writes. Every length is checked against the bytes that are there.</summary>
internal ref struct FrameReader(ReadOnlySequence<byte> payload)
{
    private SequenceReader<byte> _reader = new(payload);

    public readonly bool AtEnd => _reader.End;

    public byte Byte() => _reader.TryRead(out var value) ? value : throw Truncated();

    public int Int32() => _reader.TryReadLittleEndian(out int value) ? value : throw Truncated();

    public long Int64() => _reader.TryReadLittleEndian(out long value) ? value : throw Truncated();

    public double Double() => BitConverter.Int64BitsToDouble(Int64());

    public bool Bool() => Byte() switch
    {
        0 => false,
        1 => true,
        var other => throw new ProtocolException($"expected a switch of 0 or 1, found {other}"),
    };

    public string Text(int mostBytes = int.MaxValue) => Encoding.UTF8.GetString(Take(Length(elementBytes: 1, mostBytes)));

    public TaskOutcome Outcome()
    {
        var outcome = (TaskOutcome)Byte();
        return outcome <= TaskOutcome.NotStarted ? outcome : throw new ProtocolException($"expected an outcome, found {(byte)outcome}");
    }

    public string? OptionalText(int mostBytes = int.MaxValue) => Bool() ? Text(mostBytes) : null;

    public byte[] Bytes() => Take(Length(elementBytes: 1)).ToArray();

    public string[] Names()
    {
        var names = new string[Length(elementBytes: sizeof(int))];
        for (var i = 0; i < names.Length; i++)
        {
            names[i] = Text();
        }

        return names;
    }

    public Dictionary<string, string> Texts()
    {
        var count = Length(elementBytes: 2 * sizeof(int));
        var map = new Dictionary<string, string>(count, StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < count; i++)
        {
            map[Text()] = Text();
        }

        return map;
    }

    public Dictionary<string, object?> Values()
    {
        var count = Length(elementBytes: sizeof(int) + 1);
        var map = new Dictionary<string, object?>(count, StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            map[Text()] = Value();
        }

        return map;
    }

    /// <summary>A count of things that take at least <paramref name="elementBytes"/> each, so that a broken count cannot
    /// make us reserve memory for what is not there.</summary>
    public int Length(int elementBytes, int most = int.MaxValue)
    {
        var length = Int32();
        if (length < 0 || (long)length * elementBytes > _reader.Remaining)
        {
            throw Truncated();
        }

        return length <= most ? length : throw new ProtocolException($"expected at most {most} of what a frame counts, found {length}");
    }

    private object? Value() => (ValueKind)Byte() switch
    {
        ValueKind.Null => null,
        ValueKind.Text => Text(),
        ValueKind.Integer => Int64(),
        ValueKind.Real => Double(),
        ValueKind.Flag => Bool(),
        ValueKind.Bytes => Bytes(),
        var other => throw new ProtocolException($"expected a kind of header value, found {(byte)other}"),
    };

    private ReadOnlySequence<byte> Take(int length)
    {
        var taken = _reader.UnreadSequence.Slice(0, length);
        _reader.Advance(length);
        return taken;
    }

    private static ProtocolException Truncated() => new("a frame is shorter than its content says");
}
