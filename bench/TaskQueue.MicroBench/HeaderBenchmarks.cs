using BenchmarkDotNet.Attributes;
using RabbitMQ.Client;
using TaskQueue.Messaging;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.MicroBench;

/// <summary>Properties and headers, between the AMQP client's form and ours.</summary>
public class HeaderBenchmarks
{
    private readonly Dictionary<string, object?> _headers = Samples.Headers;
    private readonly BasicProperties _properties;
    private readonly MessageProperties _read;

    public HeaderBenchmarks()
    {
        _properties = new BasicProperties
        {
            ContentType = "text/plain",
            MessageId = "0198c5a5-7f3a-7b1e-9c55-2f1f6a0c4d11",
            CorrelationId = "0198c5a5-7f3a-7b1e-9c55-2f1f6a0c4d11",
            Persistent = true,
            Headers = _headers,
        };
        _read = AmqpProperties.Read(_properties);
    }

    [Benchmark]
    public IReadOnlyDictionary<string, object?> HeadersForPrograms() => HeaderValues.Plain(_headers);

    [Benchmark]
    public MessageProperties ReadProperties() => AmqpProperties.Read(_properties);

    [Benchmark]
    public BasicProperties WriteProperties() => AmqpProperties.Write(_read);
}
