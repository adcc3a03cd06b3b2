using System.Buffers.Binary;
using System.Text;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>A protobuf message without its schema: values by the numbers of their fields
/// (<see href="https://protobuf.dev/programming-guides/encoding/"/>).</summary>
internal sealed class ProtobufMessage
{
    private readonly List<(int Field, ulong Number, byte[] Bytes)> _values = [];

    public static ProtobufMessage Read(ReadOnlySpan<byte> bytes)
    {
        var message = new ProtobufMessage();
        while (!bytes.IsEmpty)
        {
            var key = Varint(ref bytes);
            var field = (int)(key >> 3);
            switch (key & 7)
            {
                case 0:
                    message._values.Add((field, Varint(ref bytes), []));
                    break;
                case 1:
                    message._values.Add((field, BinaryPrimitives.ReadUInt64LittleEndian(Take(ref bytes, 8)), []));
                    break;
                case 2:
                    var length = (int)Varint(ref bytes);
                    message._values.Add((field, 0, Take(ref bytes, length).ToArray()));
                    break;
                case 5:
                    message._values.Add((field, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref bytes, 4)), []));
                    break;
                default:
                    throw new InvalidDataException($"Field {field} has the wire type {key & 7}.");
            }
        }

        return message;
    }

    public IEnumerable<ProtobufMessage> Messages(int field) => _values.Where(value => value.Field == field).Select(value => Read(value.Bytes));

    public ProtobufMessage? Message(int field) => Messages(field).FirstOrDefault();

    public string Text(int field) => Encoding.UTF8.GetString(Bytes(field));

    public string Hex(int field) => Convert.ToHexStringLower(Bytes(field));

    public ulong Number(int field) => _values.FirstOrDefault(value => value.Field == field).Number;

    private byte[] Bytes(int field) => _values.FirstOrDefault(value => value.Field == field).Bytes ?? [];

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int length)
    {
        var taken = bytes[..length];
        bytes = bytes[length..];
        return taken;
    }

    private static ulong Varint(ref ReadOnlySpan<byte> bytes)
    {
        var value = 0UL;
        for (var shift = 0; ; shift += 7)
        {
            var next = Take(ref bytes, 1)[0];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }
    }
}
