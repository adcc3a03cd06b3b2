using BenchmarkDotNet.Attributes;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Messaging;

namespace TaskQueue.MicroBench;

/// <summary>How the dispatcher finds the queue of a message.</summary>
public class RoutingBenchmarks
{
    private readonly MessageRouter _router = new(new WorkItemFormats(), new QueueNames());
    private readonly MessageProperties _json = new() { ContentType = "application/json" };
    private readonly MessageProperties _basic = new() { ContentType = "text/plain" };
    private readonly MessageProperties _header = new() { Headers = new Dictionary<string, object?> { [HeaderNames.WorkerType] = "resize"u8.ToArray() } };

    [Benchmark]
    public string Json() => _router.Route(_json, Samples.JsonBody).Queue;

    [Benchmark]
    public string Basic() => _router.Route(_basic, Samples.BasicBody).Queue;

    [Benchmark]
    public string Header() => _router.Route(_header, Samples.BasicBody).Queue;
}
