namespace TaskQueue.Amqp;

/// <summary>Walks through the fields of a table or the values of a list.</summary>
public struct FieldEnumerator
{
    private readonly ReadOnlyMemory<byte> _fields;
    private readonly bool _isList;
    private int _position;

    internal FieldEnumerator(ReadOnlyMemory<byte> fields, bool isList) => (_fields, _isList) = (fields, isList);

    /// <summary>The name; none in a list.</summary>
    public string Name { get; private set; } = "";

    /// <summary>The type of the value.</summary>
    public FieldKind Kind { get; private set; }

    /// <summary>The value behind the octet of its type, with its length where it has one.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>Whether it stopped in front of something that is no field.</summary>
    public bool IsBroken { get; private set; }

    /// <summary>The bytes of the whole field: name, type and value.</summary>
    public ReadOnlyMemory<byte> Whole { get; private set; }

    /// <summary>Goes on to the next one.</summary>
    /// <returns>Whether there is one.</returns>
    public bool MoveNext()
    {
        var left = _fields[_position..];
        if (left.IsEmpty || IsBroken)
        {
            return false;
        }

        var nameBytes = _isList ? 0 : 1 + left.Span[0];
        IsBroken = nameBytes >= left.Length;
        if (IsBroken)
        {
            return false;
        }

        Kind = (FieldKind)left.Span[nameBytes];
        var value = left[(nameBytes + 1)..];
        var size = FieldTable.SizeOf(Kind, value.Span);
        IsBroken = size < 0 || size > value.Length;
        if (IsBroken)
        {
            return false;
        }

        Name = _isList ? "" : ShortString.Read(left.Span[1..nameBytes]);
        Value = value[..size];
        Whole = left[..(nameBytes + 1 + size)];
        _position += Whole.Length;
        return true;
    }
}
