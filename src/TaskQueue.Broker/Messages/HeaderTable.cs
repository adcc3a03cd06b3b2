using System.Buffers;
using System.Text;
using TaskQueue.Amqp;

namespace TaskQueue.Broker.Messages;

/// <summary>A field table that is changed: what is not changed stays byte for byte.</summary>
internal sealed class HeaderTable
{
    private readonly List<(string Name, FieldKind Kind, ReadOnlyMemory<byte> Value)> _fields = [];

    /// <param name="table">The content of a table without faults.</param>
    public HeaderTable(ReadOnlyMemory<byte> table)
    {
        var fields = FieldTable.Fields(table);
        while (fields.MoveNext())
        {
            _fields.Add((fields.Name, fields.Kind, fields.Value));
        }
    }

    public (FieldKind Kind, ReadOnlyMemory<byte> Value)? this[string name] =>
        _fields.FindIndex(field => field.Name == name) is >= 0 and var index ? (_fields[index].Kind, _fields[index].Value) : null;

    /// <summary>The text of a long string, or <see langword="null"/>.</summary>
    public string? Text(string name) => this[name] is (FieldKind.LongString, var value) ? Encoding.UTF8.GetString(value.Span[sizeof(uint)..]) : null;

    public void Remove(string name) => _fields.RemoveAll(field => field.Name == name);

    /// <summary>Sets a field where it stands, or behind all others.</summary>
    public void Set(string name, FieldKind kind, ReadOnlyMemory<byte> value)
    {
        if (_fields.FindIndex(field => field.Name == name) is >= 0 and var index)
        {
            _fields[index] = (name, kind, value);
        }
        else
        {
            _fields.Add((name, kind, value));
        }
    }

    public void SetText(string name, string text) => Set(name, FieldKind.LongString, LongBytes(Encoding.UTF8.GetBytes(text)));

    public void SetInt64(string name, long value)
    {
        var bytes = new byte[sizeof(long)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        Set(name, FieldKind.Int64, bytes);
    }

    /// <summary>Puts a number in front of all others.</summary>
    public void PrependInt64(string name, long value)
    {
        Remove(name);
        SetInt64(name, value);
        var field = _fields[^1];
        _fields.RemoveAt(_fields.Count - 1);
        _fields.Insert(0, field);
    }

    /// <summary>By name, as RabbitMQ leaves tables that it has changed.</summary>
    public void Sort()
    {
        var sorted = _fields.OrderBy(field => field.Name, StringComparer.Ordinal).ToList();
        _fields.Clear();
        _fields.AddRange(sorted);
    }

    /// <summary>The content of the table.</summary>
    public byte[] ToBytes()
    {
        var output = new ArrayBufferWriter<byte>();
        var to = new AmqpWriter(output);
        foreach (var (name, kind, value) in _fields)
        {
            to.ShortString(name);
            to.Byte((byte)kind);
            to.Raw(value.Span);
        }

        return output.WrittenSpan.ToArray();
    }

    /// <summary>Bytes behind their length.</summary>
    public static byte[] LongBytes(ReadOnlySpan<byte> content)
    {
        var output = new ArrayBufferWriter<byte>(content.Length + sizeof(uint));
        new AmqpWriter(output).LongBytes(content);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>Properties with other headers.</summary>
    /// <param name="change">What is done to the headers; no headers are an empty table.</param>
    /// <param name="others">What is done to the other properties.</param>
    public static byte[] Change(ReadOnlyMemory<byte> properties, Action<HeaderTable> change, Func<ContentProperties, ContentProperties>? others = null)
    {
        ContentProperties.Read(properties, out var read);
        var headers = new HeaderTable(read.Headers ?? default);
        change(headers);
        read = others is null ? read : others(read);
        var output = new ArrayBufferWriter<byte>(properties.Length + 64);
        (read with { Headers = headers.ToBytes() }).Write(output);
        return output.WrittenSpan.ToArray();
    }
}
