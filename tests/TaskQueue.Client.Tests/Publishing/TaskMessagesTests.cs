using System.Text;
using System.Text.Json.Nodes;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Client.Publishing;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Tests.Publishing;

public sealed class TaskMessagesTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    [Fact]
    public void Writes_the_worker_type_into_a_ruote_workitem_and_leaves_the_rest_alone()
    {
        var root = (JsonObject)JsonNode.Parse("""{"fei":{"expid":"0_1"},"fields":{"width":12345678901234567890123,"params":{"size":"é"}}}""")!;

        var message = MessageOf(new NewTask("resize", new RuoteWorkItem(root, "application/json")));

        Assert.Equal(
            """{"fei":{"expid":"0_1"},"fields":{"width":12345678901234567890123,"params":{"size":"é","worker_type":"resize"}}}""",
            Text(message));
        Assert.Equal("application/json", message.Properties.ContentType);
        Assert.Null(message.Properties.Headers);
    }

    [Fact]
    public void Makes_a_ruote_workitem_of_fields()
    {
        var message = MessageOf(new NewTask("resize", new JsonObject { ["width"] = 3 }));

        Assert.Equal("""{"fields":{"width":3,"params":{"worker_type":"resize"}}}""", Text(message));
        Assert.Equal("application/json", message.Properties.ContentType);
    }

    [Fact]
    public void Writes_the_worker_type_before_the_text_of_a_basic_workitem()
    {
        var message = MessageOf(new NewTask("echo", new BasicWorkItem("other", "two words", "text/plain")));

        Assert.Equal("echo two words", Text(message));
        Assert.Equal("text/plain", message.Properties.ContentType);
        Assert.Null(message.Properties.Headers);
    }

    [Fact]
    public void Says_the_worker_type_of_raw_bodies_in_a_header()
    {
        var message = MessageOf(new NewTask("resize", new byte[] { 0xff, 0 }, new EnqueueOptions { ContentType = "image/png" }));

        Assert.Equal([0xff, 0], message.Body.ToArray());
        Assert.Equal("image/png", message.Properties.ContentType);
        Assert.Equal("resize", message.Properties.HeaderText(HeaderNames.WorkerType));
    }

    [Fact]
    public void Says_the_worker_type_of_other_workitems_in_a_header()
    {
        var message = MessageOf(new NewTask("resize", new RawWorkItem(new byte[] { 1 })));

        Assert.Equal("application/octet-stream", message.Properties.ContentType);
        Assert.Equal("resize", message.Properties.HeaderText(HeaderNames.WorkerType));
    }

    [Fact]
    public void Carries_every_option()
    {
        var message = MessageOf(new NewTask("echo", "hello", new EnqueueOptions
        {
            ContentType = "text/plain; charset=utf-8",
            ContentEncoding = "identity",
            Headers = new Dictionary<string, object?> { ["tenant"] = 7L },
            Priority = 9,
            Expiration = TimeSpan.FromMilliseconds(1500.2),
            CorrelationId = "c",
            ReplyTo = "r",
            MessageId = "m",
            Type = "t",
            AppId = "a",
            Persistent = false,
        }));

        var properties = message.Properties;
        Assert.Equal("taskqueue", message.RoutingKey);
        Assert.Equal("tenant=7", string.Join(',', properties.Headers!.Select(header => $"{header.Key}={header.Value}")));
        Assert.Equal(
            new MessageProperties
            {
                ContentType = "text/plain; charset=utf-8",
                ContentEncoding = "identity",
                Priority = 9,
                Expiration = "1501",
                CorrelationId = "c",
                ReplyTo = "r",
                MessageId = "m",
                Timestamp = Now.ToUnixTimeSeconds(),
                Type = "t",
                AppId = "a",
                Persistent = false,
            },
            properties with { Headers = null });
    }

    [Fact]
    public void Gives_each_task_a_message_id_that_sorts_by_time()
    {
        var first = Guid.Parse(TaskMessages.Of(new NewTask("echo", "1"), "q", Now).Properties.MessageId!);
        var second = Guid.Parse(TaskMessages.Of(new NewTask("echo", "2"), "q", Now.AddSeconds(1)).Properties.MessageId!);

        Assert.Equal(7, first.Version);
        Assert.True(first.CompareTo(second) < 0);
    }

    [Theory]
    [InlineData("worker-type")]
    [InlineData("x-taskqueue-outcome")]
    public void Refuses_headers_that_are_the_systems(string name) =>
        Assert.Contains(name, Refusal(new EnqueueOptions { Headers = new Dictionary<string, object?> { [name] = "x" } }), StringComparison.Ordinal);

    [Fact]
    public void Refuses_what_amqp_cannot_carry()
    {
        var tooLong = new string('é', 128);

        Assert.Contains("256 bytes", Refusal(new EnqueueOptions { MessageId = tooLong }), StringComparison.Ordinal);
        Assert.Contains("256 bytes", Refusal(new EnqueueOptions { CorrelationId = tooLong }), StringComparison.Ordinal);
        Assert.Contains("4294967295", Refusal(new EnqueueOptions { Expiration = TimeSpan.FromDays(50) }), StringComparison.Ordinal);
        Assert.Contains("4294967295", Refusal(new EnqueueOptions { Expiration = TimeSpan.FromSeconds(-1) }), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("two words")]
    [InlineData("-x")]
    public void Refuses_names_that_no_worker_type_has(string name) =>
        Assert.Contains("expected 1 to 128 letters", Assert.Throws<ArgumentException>(() => new NewTask(name, "text")).Message, StringComparison.Ordinal);

    [Fact]
    public void Makes_bodies_in_which_the_dispatcher_finds_the_worker_type()
    {
        var names =
            from first in Gen.Elements('a', 'Z', '9')
            from rest in Gen.ArrayOf(Gen.Elements("aZ0._-".ToCharArray()))
            select first + new string([.. rest.Take(127)]);

        Prop.ForAll(names.ToArbitrary(), ArbMap.Default.ArbFor<NonNull<string>>(), (name, text) =>
        {
            var basic = MessageOf(new NewTask(name, text.Get));
            var ruote = MessageOf(new NewTask(name, new JsonObject { ["text"] = text.Get, ["params"] = new JsonArray(1) }));
            return new BasicWorkItemFormat().ReadWorkerType(basic.Body.Span) == name
                && new RuoteWorkItemFormat().ReadWorkerType(ruote.Body.Span) == name;
        }).QuickCheckThrowOnFailure();
    }

    private static OutgoingMessage MessageOf(NewTask task) => TaskMessages.Of(task, "taskqueue", Now);

    private static string Text(OutgoingMessage message) => Encoding.UTF8.GetString(message.Body.Span);

    private static string Refusal(EnqueueOptions options) =>
        Assert.ThrowsAny<ArgumentException>(() => MessageOf(new NewTask("echo", "text", options))).Message;
}
