using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Messaging;

namespace TaskQueue.Dispatcher.Tests.Routing;

public sealed class MessageRouterTests
{
    private readonly MessageRouter _router = new(new WorkItemFormats(), new QueueNames("dev_"));

    [Fact]
    public void Reads_the_worker_type_out_of_a_ruote_workitem()
    {
        var route = Route(new MessageProperties(), """{"fields": {"params": {"worker_type": "resize"}}}""");

        Assert.Equal(new Route("dev_worker_resize", "resize", Rejection: null), route);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", """{"fields": {"params": {"worker_type": "resize"}}}""")]
    [InlineData("application/x-ruote-workitem", """{"fields": {"params": {"worker_type": "resize"}}}""")]
    [InlineData("text/plain", "resize picture.png 100x100")]
    [InlineData("TEXT/PLAIN;charset=utf-8", "resize picture.png 100x100")]
    [InlineData("application/x-basic-workitem", "resize")]
    public void Chooses_the_format_by_the_content_type(string contentType, string body)
    {
        Assert.Equal("resize", Route(new MessageProperties { ContentType = contentType }, body).WorkerType);
    }

    [Fact]
    public void The_header_wins_over_whatever_the_body_is()
    {
        var properties = new MessageProperties { ContentType = "image/png" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.WorkerType, "thumbnail"u8.ToArray()));

        Assert.Equal("dev_worker_thumbnail", _router.Route(properties, [0x89, 0x50, 0xff]).Queue);
    }

    [Theory]
    [InlineData(null, "not json", "JSON")]
    [InlineData(null, "{}", "worker_type")]
    [InlineData(null, """{"fields": {"params": {"worker_type": 7}}}""", "worker_type")]
    [InlineData(null, """{"fields": {"params": {"worker_type": "../etc"}}}""", "../etc")]
    [InlineData("image/png", "x", "image/png")]
    [InlineData("text/plain", "", "worker type")]
    public void Rejects_with_a_reason_that_names_what_is_wrong(string? contentType, string body, string named)
    {
        var route = Route(new MessageProperties { ContentType = contentType }, body);

        Assert.Equal("dev_taskqueue.rejected", route.Queue);
        Assert.Null(route.WorkerType);
        Assert.Contains(named, route.Rejection!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_names_no_possible_type_is_rejected_and_not_looked_up_in_the_body()
    {
        var properties = new MessageProperties().WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.WorkerType, "a b"));

        var route = Route(properties, """{"fields": {"params": {"worker_type": "resize"}}}""");

        Assert.Contains("\"a b\"", route.Rejection!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_is_bounded_however_long_the_message_is()
    {
        var properties = new MessageProperties().WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.WorkerType, new string('!', 100_000)));

        Assert.InRange(Route(properties, "").Rejection!.Reason.Length, 1, 500);
    }

    [Fact]
    public void A_format_that_throws_has_its_message_rejected()
    {
        var router = new MessageRouter(new WorkItemFormats(more: [new BrokenFormat()]), new QueueNames());

        var route = router.Route(new MessageProperties { ContentType = BrokenFormat.Type }, "x"u8);

        Assert.Contains("NotSupportedException: no such thing", route.Rejection!.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_bytes_are_either_routed_to_a_worker_queue_or_rejected()
    {
        var contentTypes = Gen.Elements<string?>(null, "application/json", "text/plain", "image/png", "");
        var messages = from contentType in contentTypes from body in ArbMap.Default.GeneratorFor<byte[]>() select (contentType, body);

        Prop.ForAll(messages.ToArbitrary(), message =>
        {
            var route = _router.Route(new MessageProperties { ContentType = message.contentType }, message.body);
            return route.Rejection is null
                ? route.Queue == "dev_worker_" + route.WorkerType && WorkerTypeName.IsValid(route.WorkerType)
                : route.Queue == "dev_taskqueue.rejected";
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Any_valid_type_name_is_found_in_either_format()
    {
        const string Body = """{"fei": {"x": [1, {"params": 2}]}, "fields": {"a": "b", "params": {"q": null, "worker_type": "NAME"}}}""";
        var characters = "abzAZ09._-".ToCharArray();
        var names = from head in Gen.Elements('a', 'Z', '0') from tail in Gen.Elements(characters).ArrayOf() select head + new string(tail);

        Prop.ForAll(names.ToArbitrary(), name =>
            Route(new MessageProperties(), Body.Replace("NAME", name, StringComparison.Ordinal)).WorkerType == name
            && Route(new MessageProperties { ContentType = "text/plain" }, name + " rest of it").WorkerType == name)
            .QuickCheckThrowOnFailure();
    }

    private Route Route(MessageProperties properties, string body) => _router.Route(properties, Encoding.UTF8.GetBytes(body));

    private sealed class BrokenFormat : IWorkItemFormat
    {
        public const string Type = "application/x-broken";

        public string WorkItemType => Type;

        public string ReadWorkerType(ReadOnlySpan<byte> body) => throw new NotSupportedException("no such thing");

        public WorkItem Decode(ReadOnlyMemory<byte> body, string contentType) => throw new NotSupportedException();
    }
}
