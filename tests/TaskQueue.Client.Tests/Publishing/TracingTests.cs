using System.Diagnostics;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Client.Tests.Publishing;

/// <summary>Tests that listen to spans, which all of the process makes then.</summary>
[CollectionDefinition(nameof(SpansCollection), DisableParallelization = true)]
public sealed class SpansCollection;

[Collection(nameof(SpansCollection))]
public sealed class TracingTests
{
    private const string Name = "TaskQueue.Client";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_task_carries_the_span_of_its_publishing_which_is_a_part_of_the_callers()
    {
        using var spans = new RecordedSpans(Name);
        await using var test = await ClientOverMemory.ConnectAsync();
        using var caller = new Activity("order").Start();

        var id = await test.Client.EnqueueAsync(new NewTask("echo", "hello"), Stop);

        Assert.Same(caller, Activity.Current);
        var span = Assert.Single(spans.Ended);
        Assert.Equal((caller.TraceId, caller.SpanId, "publish taskqueue", ActivityKind.Producer), (span.TraceId, span.ParentSpanId, span.DisplayName, span.Kind));
        Assert.Equal(id, span.GetTagItem("messaging.message.id"));
        Assert.Equal(span.Id, Assert.Single(test.Broker.Sent).Properties.HeaderText(HeaderNames.TraceParent));
    }

    [Fact]
    public async Task Tasks_of_one_call_have_spans_beside_each_other()
    {
        using var spans = new RecordedSpans(Name);
        await using var test = await ClientOverMemory.ConnectAsync();

        await test.Client.EnqueueManyAsync([new NewTask("echo", "1"), new NewTask("echo", "2")], Stop);

        Assert.Equal(2, spans.Ended.Select(span => span.TraceId).Distinct().Count());
        Assert.All(spans.Ended, span => Assert.Equal(default, span.ParentSpanId));
    }

    [Fact]
    public async Task A_task_that_could_not_be_enqueued_is_an_error()
    {
        using var spans = new RecordedSpans(Name);
        await using var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { DeclareQueue = false });

        await Assert.ThrowsAsync<EnqueueFailedException>(() => test.Client.EnqueueAsync(new NewTask("echo", "hello"), Stop));
        test.Broker.SendingFails = new InvalidOperationException("no");
        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Client.EnqueueAsync(new NewTask("echo", "hello"), Stop));

        Assert.Equal(
            [typeof(EnqueueFailedException).FullName, typeof(InvalidOperationException).FullName], spans.Ended.Select(span => span.GetTagItem("error.type")));
    }

    [Fact]
    public async Task Without_a_listener_nothing_is_added()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        using var caller = new Activity("order").Start();

        await test.Client.EnqueueAsync(new NewTask("echo", "hello"), Stop);

        Assert.Null(Assert.Single(test.Broker.Sent).Properties.Headers);
    }
}
