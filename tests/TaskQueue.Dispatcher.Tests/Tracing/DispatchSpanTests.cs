using System.Diagnostics;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Dispatcher.Forwarding;
using TaskQueue.Dispatcher.Tests.Forwarding;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Dispatcher.Tests.Tracing;

/// <summary>Tests that listen to spans, which all of the process makes then.</summary>
[CollectionDefinition(nameof(SpansCollection), DisableParallelization = true)]
public sealed class SpansCollection;

[Collection(nameof(SpansCollection))]
public sealed class DispatchSpanTests : IAsyncDisposable
{
    private const string TraceId = "4bf92f3577b34da6a3ce929d0e0e4736", Parent = $"00-{TraceId}-00f067aa0ba902b7-01";

    private readonly InMemoryBroker _broker = new();
    private readonly FakeTimeProvider _time = new();
    private readonly Forwarder _forwarder;

    public DispatchSpanTests() => _forwarder = Forwarders.Of(_broker, _time);

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _broker.DisposeAsync();

    [Fact]
    public async Task Continues_the_publishers_trace_beside_its_traceparent_which_stays_byte_for_byte()
    {
        using var spans = new RecordedSpans(DispatcherTelemetry.Name);
        var bytes = Encoding.UTF8.GetBytes(Parent);

        var headers = await ForwardAsync(Message(bytes));

        var span = Assert.Single(spans.Ended);
        Assert.Equal((TraceId, "00f067aa0ba902b7"), (span.TraceId.ToString(), span.ParentSpanId.ToString()));
        Assert.Equal(("dispatch taskqueue", ActivityKind.Consumer, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Same(bytes, headers[HeaderNames.TraceParent]);
        Assert.Equal(span.Id, headers[HeaderNames.DispatchTraceParent]);
        Assert.Equal(
            [
                ("messaging.destination.name", "taskqueue"), ("messaging.message.body.size", 0), ("messaging.message.id", "m1"), ("messaging.operation.name", "dispatch"),
                ("messaging.operation.type", "process"), ("messaging.system", "rabbitmq"), ("taskqueue.forwarded_to", "worker_echo"), ("taskqueue.worker_type", "echo"),
            ],
            span.TagObjects.Select(tag => (tag.Key, tag.Value)).OrderBy(tag => tag.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Without_a_listener_headers_pass_as_they_are()
    {
        var message = Message(Encoding.UTF8.GetBytes(Parent));

        Assert.Same(message.Headers, await ForwardAsync(message));
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nonsense")]
    public async Task Begins_a_trace_where_there_is_none_that_can_be_read(string? parent)
    {
        using var spans = new RecordedSpans(DispatcherTelemetry.Name);

        await ForwardAsync(Message(parent));

        var span = Assert.Single(spans.Ended);
        Assert.Equal(default, span.ParentSpanId);
        Assert.Null(Activity.Current);
    }

    [Fact]
    public async Task Says_what_went_wrong()
    {
        using var spans = new RecordedSpans(DispatcherTelemetry.Name);

        _broker.NextOutcomes.Enqueue(PublishOutcome.Lost);
        await ForwardAsync(Message(Parent));
        await ForwardAsync(Message(Parent).WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.WorkerType, "no type")));
        _broker.SendingFails = new InvalidOperationException("not even encoded");
        using var stop = new CancellationTokenSource();
        var detours = _forwarder.RunDetoursAsync(stop.Token);
        await _forwarder.OnDeliveryAsync(new StubDelivery("taskqueue", Message(Parent)));
        await _time.PassUntilAsync(_forwarder.DrainAsync(TestEnds));
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => detours);

        Assert.Equal(["connection_lost", "rejected", "not_sent"], spans.Ended.Select(span => span.GetTagItem("error.type")));
        Assert.All(spans.Ended, span => Assert.Equal(ActivityStatusCode.Error, span.Status));
    }

    private static MessageProperties Message(object? parent) => new MessageProperties { MessageId = "m1" }.WithHeaders(
        new KeyValuePair<string, object?>(HeaderNames.WorkerType, "echo"), new KeyValuePair<string, object?>(HeaderNames.TraceParent, parent));

    private async Task<IReadOnlyDictionary<string, object?>> ForwardAsync(MessageProperties message)
    {
        foreach (var queue in (string[])["worker_echo", "taskqueue.rejected"])
        {
            await _broker.DeclareQueueAsync(new QueueDefinition(queue), TestEnds);
        }

        await _forwarder.OnDeliveryAsync(new StubDelivery("taskqueue", message));
        return _broker.Sent.Last().Properties.Headers!;
    }
}
