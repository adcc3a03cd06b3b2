using System.Buffers;
using BenchmarkDotNet.Attributes;
using TaskQueue.Amqp;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.MicroBench;

/// <summary>Properties and headers: between the wire and our form, and past the client library.</summary>
public class HeaderBenchmarks
{
    private readonly Dictionary<string, object?> _headers = Samples.Headers;
    private readonly MessageProperties _read;
    private readonly byte[] _wire;
    private readonly byte[] _frames;
    private readonly FrameTranslator _translator = FrameTranslator.ForReading();
    private readonly ArrayBufferWriter<byte> _translated = new(64 * 1024);

    public HeaderBenchmarks()
    {
        _wire = WireProperties.Write(new MessageProperties
        {
            ContentType = "text/plain",
            MessageId = "0198c5a5-7f3a-7b1e-9c55-2f1f6a0c4d11",
            CorrelationId = "0198c5a5-7f3a-7b1e-9c55-2f1f6a0c4d11",
            Headers = _headers,
        });
        _read = WireProperties.Read(_wire);
        _frames = Delivery(_wire, new byte[100]);
    }

    [Benchmark]
    public IReadOnlyDictionary<string, object?> HeadersForPrograms() => HeaderValues.Plain(_headers);

    [Benchmark]
    public MessageProperties ReadProperties() => WireProperties.Read(_wire);

    [Benchmark]
    public byte[] WriteProperties() => WireProperties.Write(AmqpProperties.Write(_read));

    /// <summary>The three frames of a delivery on their way to the client library.</summary>
    [Benchmark]
    public int TranslateDelivery()
    {
        _translated.ResetWrittenCount();
        _translator.Translate(_frames, _translated);
        return _translated.WrittenCount;
    }

    private static byte[] Delivery(byte[] properties, byte[] body)
    {
        var output = new ArrayBufferWriter<byte>();
        Frame(output, FrameType.Method, new byte[60]);
        Frame(output, FrameType.Header, [0, 60, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, .. properties]);
        Frame(output, FrameType.Body, body);
        return output.WrittenSpan.ToArray();
    }

    private static void Frame(ArrayBufferWriter<byte> output, FrameType type, byte[] payload)
    {
        new FrameHeader(type, 1, (uint)payload.Length).Write(output.GetSpan(FrameHeader.Bytes));
        output.Advance(FrameHeader.Bytes);
        output.Write([.. payload, FrameHeader.End]);
    }
}
