using System.Globalization;
using System.Text;
using TaskQueue.Amqp;

namespace TaskQueue.Broker.Topology;

/// <summary>The arguments of a declaration: looked up by name, and named in texts as RabbitMQ names their types.</summary>
internal sealed class ArgumentTable
{
    /// <summary>How far a table may go that a client sends.</summary>
    public static readonly FieldLimits Limits = new(Levels: 256, Fields: 16_384, DecimalScale: byte.MaxValue);

    private readonly Dictionary<string, Argument> _arguments = [];

    private ArgumentTable(ReadOnlyMemory<byte> bytes) => Bytes = bytes;

    /// <summary>No arguments.</summary>
    public static ArgumentTable Empty { get; } = new(default);

    /// <summary>The content of the table, as it came.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>An argument, or <see langword="null"/>.</summary>
    public Argument? this[string name] => _arguments.TryGetValue(name, out var argument) ? argument : null;

    public IEnumerable<string> Names => _arguments.Keys;

    /// <exception cref="AmqpException">It cannot be read.</exception>
    public static ArgumentTable Read(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            return Empty;
        }

        if (FieldTable.Fault(bytes.Span, Limits) is { } fault)
        {
            throw new AmqpException(ReplyCode.FrameError, $"a table of arguments cannot be read: {fault}");
        }

        var table = new ArgumentTable(bytes);
        foreach (var (name, argument) in Fields(bytes))
        {
            table._arguments.TryAdd(name, argument);
        }

        return table;
    }

    /// <exception cref="AmqpException">One of these arguments is not what it was when the thing was declared.</exception>
    public void CheckEquivalence(ArgumentTable current, IEnumerable<string> names, string resource)
    {
        foreach (var name in names)
        {
            var (old, now) = (current[name], this[name]);
            if (old is null && now is null)
            {
                continue;
            }

            if (old is { } was && now is { } isNow ? !was.IsEquivalent(isNow) : !(name == "x-queue-type" && (old ?? now)!.Value.Text == "classic"))
            {
                throw new AmqpException(
                    ReplyCode.PreconditionFailed, $"inequivalent arg '{name}' for {resource}: received {Named(now, old)} but current is {Named(old, now)}");
            }
        }
    }

    // Where only one of the two is there, its type is told.
    private static string Named(Argument? argument, Argument? other) => argument switch
    {
        null => "none",
        { } value => other is null ? $"the value '{value}' of type '{value.TypeName}'" : $"'{value}'",
    };

    private static IEnumerable<(string Name, Argument Argument)> Fields(ReadOnlyMemory<byte> bytes)
    {
        var fields = FieldTable.Fields(bytes);
        while (fields.MoveNext())
        {
            yield return (fields.Name, new Argument(fields.Kind, fields.Value));
        }
    }
}

/// <summary>An argument of a declaration.</summary>
/// <param name="Kind">Its type on the wire.</param>
/// <param name="Bytes">Its value there.</param>
internal readonly record struct Argument(FieldKind Kind, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The number, if it is one of those that RabbitMQ takes for integers.</summary>
    public long? Integer => FieldValue.Read(Kind, Bytes) switch
    {
        sbyte value => value,
        byte value => value,
        short value => value,
        ushort value => value,
        int value => value,
        uint value => value,
        long value => value,
        _ => null,
    };

    /// <summary>The text of a long string.</summary>
    public string? Text => Kind == FieldKind.LongString ? Encoding.UTF8.GetString(Bytes.Span[sizeof(uint)..]) : null;

    public bool? Flag => Kind == FieldKind.Boolean ? Bytes.Span[0] != 0 : null;

    /// <summary>What RabbitMQ calls the type.</summary>
    public string TypeName => Kind switch
    {
        FieldKind.Boolean => "bool",
        FieldKind.Int8 => "byte",
        FieldKind.UInt8 => "unsignedbyte",
        FieldKind.Int16 => "short",
        FieldKind.UInt16 => "unsignedshort",
        FieldKind.Int32 => "signedint",
        FieldKind.UInt32 => "unsignedint",
        FieldKind.Int64 or FieldKind.UInt64 => "long",
        FieldKind.Single => "float",
        FieldKind.Double => "double",
        FieldKind.Decimal => "decimal",
        FieldKind.LongString => "longstr",
        FieldKind.Array => "array",
        FieldKind.Timestamp => "timestamp",
        FieldKind.Table => "table",
        FieldKind.Binary => "binary",
        _ => "void",
    };

    /// <summary>Whether both mean the same: integers of different widths do.</summary>
    public bool IsEquivalent(Argument other) => Integer is { } number ? number == other.Integer
        : Kind == other.Kind && Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override string ToString() => Text ?? Integer?.ToString(CultureInfo.InvariantCulture) ?? Flag switch
    {
        true => "true",
        false => "false",
        null => TypeName,
    };
}
