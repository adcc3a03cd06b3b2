using System.Buffers;
using System.Buffers.Binary;

namespace TaskQueue.Amqp.Methods;

/// <summary>A method of AMQP 0-9-1 with its arguments.</summary>
/// <param name="id">The class in the upper 16 bits, the method in the lower ones.</param>
public abstract class Method(uint id)
{
    /// <summary>How many bytes stand in front of the arguments.</summary>
    public const int IdBytes = sizeof(uint);

    /// <summary>Class and method in one number.</summary>
    public uint Id => id;

    /// <summary>The number of its class.</summary>
    public ushort ClassId => (ushort)(id >> 16);

    /// <summary>Its number within the class.</summary>
    public ushort MethodId => (ushort)id;

    /// <summary>Whether a content follows it.</summary>
    public virtual bool HasContent => false;

    /// <summary>Reads a method.</summary>
    /// <param name="payload">The payload of a method frame. Tables of the method are parts of it.</param>
    /// <param name="method">The method, unless something is wrong.</param>
    /// <returns>What is wrong.</returns>
    public static MethodFault Read(ReadOnlyMemory<byte> payload, out Method? method)
    {
        method = payload.Length < IdBytes ? null : MethodTable.Create(BinaryPrimitives.ReadUInt32BigEndian(payload.Span));
        if (method is null)
        {
            return payload.Length < IdBytes ? MethodFault.CutOff : MethodFault.Unknown;
        }

        var fields = MethodFields.Reading(payload[IdBytes..]);
        method.Go(ref fields);
        return fields.IsCutOff ? MethodFault.CutOff : MethodFault.None;
    }

    /// <summary>Appends the payload of its frame.</summary>
    /// <param name="output">Where to.</param>
    /// <exception cref="ArgumentException">A text is too long for a short string.</exception>
    public void Write(IBufferWriter<byte> output)
    {
        new AmqpWriter(output).UInt32(Id);
        var fields = MethodFields.Writing(output);
        Go(ref fields);
        fields.EndBits();
    }

    /// <summary>Goes through the arguments: each is what it is read or written as. Without an override there are none.</summary>
    protected virtual void Go(ref MethodFields fields)
    {
    }

    /// <inheritdoc/>
    public override string ToString() => GetType().Name;
}

/// <summary>What keeps a method from being read.</summary>
public enum MethodFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>There is no such class or method.</summary>
    Unknown,

    /// <summary>It ends in the middle.</summary>
    CutOff,
}
