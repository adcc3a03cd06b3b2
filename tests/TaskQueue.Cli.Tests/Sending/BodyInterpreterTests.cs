using System.Text;
using TaskQueue.Cli.Sending;
using TaskQueue.Client;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Cli.Tests.Sending;

public sealed class BodyInterpreterTests
{
    [Theory]
    [InlineData("""{"fei":1,"fields":{"a":1.50,"params":{"x":2}},"z":null}""", """{"fei":1,"fields":{"a":1.50,"params":{"x":2,"worker_type":"resize"}},"z":null}""")]
    [InlineData("""{"width":3}""", """{"fields":{"width":3,"params":{"worker_type":"resize"}}}""")]
    [InlineData("""{"width":3,"params":{"x":2}}""", """{"fields":{"width":3,"params":{"x":2,"worker_type":"resize"}}}""")]
    [InlineData("""{"fields":3}""", """{"fields":{"fields":3,"params":{"worker_type":"resize"}}}""")]
    [InlineData(" \n{}", """{"fields":{"params":{"worker_type":"resize"}}}""")]
    [InlineData("\uFEFF{}", """{"fields":{"params":{"worker_type":"resize"}}}""")]
    [InlineData(null, """{"fields":{"params":{"worker_type":"resize"}}}""")]
    public async Task Makes_a_ruote_workitem_of_a_json_object_or_of_nothing(string? body, string expected) =>
        Assert.Equal(("application/json", expected, null), await MessageAsync(body));

    [Theory]
    [InlineData("hello world", "resize hello world")]
    [InlineData("[1,2]", "resize [1,2]")]
    [InlineData("é\n", "resize é\n")]
    [InlineData("", "resize ")]
    public async Task Makes_a_basic_workitem_of_other_text(string body, string expected) =>
        Assert.Equal(("text/plain", expected, null), await MessageAsync(body));

    [Theory]
    [InlineData(new byte[] { 0x89, (byte)'P', (byte)'N', (byte)'G' })]
    [InlineData(new byte[] { (byte)'a', 0 })]
    public async Task Sends_other_bytes_as_they_are_with_the_worker_type_in_a_header(byte[] body)
    {
        var (contentType, _, workerType) = await MessageAsync(body);

        Assert.Equal(("application/octet-stream", "resize"), (contentType, workerType));
    }

    [Theory]
    [InlineData("application/json", """{"width":3}""", """{"fields":{"width":3,"params":{"worker_type":"resize"}}}""", null)]
    [InlineData("application/x-ruote-workitem", "{}", """{"fields":{"params":{"worker_type":"resize"}}}""", null)]
    [InlineData("text/plain; charset=utf-8", "{no json", "resize {no json", null)]
    [InlineData("text/csv", "a,b", "a,b", "resize")]
    [InlineData("image/png", null, "", "resize")]
    public async Task Does_as_the_content_type_says(string contentType, string? body, string expected, string? workerType) =>
        Assert.Equal((contentType, expected, workerType), await MessageAsync(body, contentType));

    [Theory]
    [InlineData("{no json", null, "--content-type text/plain")]
    [InlineData("""{"params":[1]}""", null, "\"params\" in the fields")]
    [InlineData("""{"a":1,"a":2}""", null, "occurs twice")]
    [InlineData("[1]", "application/json", "expected a JSON object")]
    public void Refuses_a_body_that_is_not_what_it_should_be(string body, string? contentType, string expected)
    {
        var failure = Assert.Throws<CommandFailedException>(() => Interpret(Encoding.UTF8.GetBytes(body), contentType));

        Assert.Equal(65, failure.ExitCode);
        Assert.Contains(expected, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Refuses_text_that_is_not_utf8() =>
        Assert.Equal(65, Assert.Throws<CommandFailedException>(() => Interpret([0xff], "text/plain")).ExitCode);

    [Fact]
    public async Task Follows_the_configured_map_of_content_types()
    {
        var formats = new WorkItemFormats(new Dictionary<string, string> { ["text/x-task"] = BasicWorkItem.Type });

        var task = new BodyInterpreter(formats).Interpret("resize", "hi"u8.ToArray(), new EnqueueOptions { ContentType = "text/x-task" });

        Assert.Equal(("text/x-task", "resize hi", null), await MessageAsync(task));
    }

    private static NewTask Interpret(byte[]? body, string? contentType = null) =>
        new BodyInterpreter(new WorkItemFormats()).Interpret("resize", body, new EnqueueOptions { ContentType = contentType });

    private static Task<(string? ContentType, string Body, string? Header)> MessageAsync(string? body, string? contentType = null) =>
        MessageAsync(Interpret(body is null ? null : Encoding.UTF8.GetBytes(body), contentType));

    private static Task<(string? ContentType, string Body, string? Header)> MessageAsync(byte[] body) => MessageAsync(Interpret(body));

    // As the dispatcher gets it: the client makes the message.
    private static async Task<(string? ContentType, string Body, string? Header)> MessageAsync(NewTask task)
    {
        var broker = new InMemoryBroker();
        await using var client = await TaskQueueClient.ConnectAsync(broker, new TaskQueueClientOptions(), TestContext.Current.CancellationToken);
        await client.EnqueueAsync(task, TestContext.Current.CancellationToken);
        var message = Assert.Single(broker.Sent);
        return (message.Properties.ContentType, Encoding.UTF8.GetString(message.Body.Span), message.Properties.HeaderText(HeaderNames.WorkerType));
    }
}
