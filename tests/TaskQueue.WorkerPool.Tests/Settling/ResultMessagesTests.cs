using System.Text;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Tests.HandOff;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Settling;

public sealed class ResultMessagesTests
{
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);

    [Fact]
    public void A_result_goes_to_the_results_queue_under_the_correlation_id_of_its_task()
    {
        var message = Single(new MessageProperties { MessageId = "m1", CorrelationId = "c1", Priority = 3 }, Success("done"));

        Assert.Equal("results", message.RoutingKey);
        Assert.Equal("done", Encoding.UTF8.GetString(message.Body.Span));
        Assert.Equal("application/json", message.Properties.ContentType);
        Assert.Equal("c1", message.Properties.CorrelationId);
        Assert.Equal("m1.result", message.Properties.MessageId);
        Assert.Equal((byte)3, message.Properties.Priority);
        Assert.Equal(Now.ToUnixTimeSeconds(), message.Properties.Timestamp);
        Assert.True(message.Properties.Persistent);
        Assert.Equal("success", message.Properties.HeaderText(HeaderNames.Outcome));
        Assert.Equal("echo", message.Properties.HeaderText(HeaderNames.ResultOf));
    }

    [Fact]
    public void A_task_without_a_correlation_id_lends_its_result_its_message_id()
    {
        Assert.Equal("m1", Single(new MessageProperties { MessageId = "m1" }, Success("x")).Properties.CorrelationId);
    }

    [Fact]
    public void What_a_task_has_used_is_told_where_that_is_known()
    {
        var task = Tasks.Ran(new MessageProperties { MessageId = "m1" });
        Assert.DoesNotContain("x-taskqueue-cpu-ms", Headers());

        task.Used = new ResourceUsage(TimeSpan.FromMilliseconds(1234.5), 64 << 20);

        Assert.Equal((1234L, 67108864L), (Headers()["x-taskqueue-cpu-ms"], Headers()["x-taskqueue-peak-memory"]));

        IReadOnlyDictionary<string, object?> Headers() =>
            Assert.Single(ResultMessages.Of(task, [new ResultPart(null, "text/plain", default)], failure: null, new Destinations(new QueueNames(), new WorkerGroupOptions()), Now)).Properties.Headers!;
    }

    [Fact]
    public void Whoever_asked_by_reply_to_is_answered_there()
    {
        Assert.Equal("me", Single(new MessageProperties { ReplyTo = "me" }, Success("x")).RoutingKey);
    }

    [Fact]
    public void A_worker_may_send_several_results_each_where_it_wants()
    {
        ResultPart[] parts = [new ResultPart("worker_next", "text/plain", "a"u8.ToArray()), new ResultPart(null, "text/plain", "b"u8.ToArray())];
        var destinations = new Destinations(new QueueNames(), new WorkerGroupOptions { ResultQueues = ["worker_next"] });

        var messages = ResultMessages.Of(Tasks.Ran(new MessageProperties { MessageId = "m1" }), parts, failure: null, destinations, Now);

        Assert.Equal(["worker_next", "results"], messages.Select(message => message.RoutingKey));
        Assert.Equal(["m1.result", "m1.result.2"], messages.Select(message => message.Properties.MessageId));
    }

    [Fact]
    public void Keeps_the_publishers_headers_and_leaves_off_those_that_held_for_the_task_only()
    {
        var properties = new MessageProperties().WithHeaders(
            new("tenant", "acme"u8.ToArray()),
            new("traceparent", "00-1-1-01"),
            new("worker-type", "echo"),
            new("CC", "elsewhere"),
            new("x-death", "2"),
            new("x-delivery-count", 3L),
            new("x-taskqueue-unroutable-since", "2026"));

        var headers = Single(properties, Success("x")).Properties.Headers!;

        Assert.Equal(["tenant", "traceparent", HeaderNames.Outcome, HeaderNames.ResultOf], headers.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("acme"u8.ToArray(), headers["tenant"]);
    }

    [Fact]
    public void A_failure_says_how_and_why_in_its_headers()
    {
        var message = Single(new MessageProperties(), Success("x"), new TaskFailure(FailureKind.Timeout, "too slow"));

        Assert.Equal("timeout", message.Properties.HeaderText(HeaderNames.Outcome));
        Assert.Equal("too slow", message.Properties.HeaderText(HeaderNames.Error));
    }

    private static ResultPart[] Success(string body) => [new ResultPart(null, "application/json", Encoding.UTF8.GetBytes(body))];

    private static OutgoingMessage Single(MessageProperties properties, ResultPart[] parts, TaskFailure? failure = null) =>
        Assert.Single(ResultMessages.Of(Tasks.Ran(properties), parts, failure, new Destinations(new QueueNames(), new WorkerGroupOptions()), Now));
}
