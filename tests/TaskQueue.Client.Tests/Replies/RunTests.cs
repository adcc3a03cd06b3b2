using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Client.Tests.Replies;

public sealed class RunTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Returns_the_result_of_its_own_task()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        await test.AnswerWithAsync(task => [ClientOverMemory.Result(task, Encoding.UTF8.GetString(task.Body.Span).ToUpperInvariant(), "success")]);

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(i => test.Client.RunAsync(new NewTask("echo", $"no{i}"), cancellationToken: Stop)));

        Assert.Equal(Enumerable.Range(0, 50).Select(i => $"NO{i}"), results.Select(result => ((BasicWorkItem)result.ReadWorkItem()).Text));
        Assert.Equal("success", results[0].Headers["x-taskqueue-outcome"]);
    }

    [Fact]
    public async Task Uses_one_reply_queue_that_outlives_a_lost_connection_and_deletes_it_at_the_end()
    {
        QueueDefinition replies;
        InMemoryBroker broker;
        await using (var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { Broker = new BrokerOptions { QueuePrefix = "dev_" }, DeclareQueue = false }))
        {
            await test.Broker.DeclareQueueAsync(new QueueDefinition("dev_taskqueue"), Stop);
            for (var i = 0; i < 2; i++)
            {
                await Assert.ThrowsAsync<TimeoutException>(() => test.Client.RunAsync(new NewTask("echo", "x"), TimeSpan.FromMilliseconds(20), Stop));
            }

            replies = Assert.Single(test.Broker.Declared, queue => queue.Name != "dev_taskqueue");
            broker = test.Broker;
            Assert.True(broker.HasQueue(replies.Name));
        }

        Assert.StartsWith("dev_taskqueue.reply.", replies.Name, StringComparison.Ordinal);
        Assert.Equal(QueueType.Classic, replies.Type);
        Assert.Equal(TimeSpan.FromMinutes(30), replies.DeleteUnusedAfter);
        Assert.False(broker.HasQueue(replies.Name));
    }

    [Fact]
    public async Task Throws_what_the_worker_said_when_the_task_failed()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        await test.AnswerWithAsync(task =>
        [
            ClientOverMemory.Result(
                task,
                """{"fields":{"width":3},"error":"disk full","trace":"at Resize()"}""",
                "permanent",
                "disk full",
                "application/json"),
        ]);

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => test.Client.RunAsync("resize", new RuoteWorkItem([]), cancellationToken: Stop));

        Assert.Equal(("permanent", "disk full", "at Resize()"), (failure.Outcome, failure.Error, failure.Trace));
        Assert.Contains("disk full", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, (int)((RuoteWorkItem)failure.Result!.ReadWorkItem()).Fields["width"]!);
    }

    [Theory]
    [InlineData("echo hi\nError: no paper\nTrace: at Print()\nat Main()", "no paper", "at Print()\nat Main()")]
    [InlineData("echo Error: mine\nError: no paper", "no paper", null)]
    public async Task Finds_the_error_in_the_workitem_when_no_header_tells_it(string body, string error, string? trace)
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        await test.AnswerWithAsync(task => [ClientOverMemory.Result(task, body, outcome: null)]);

        var failure = await Assert.ThrowsAsync<TaskFailedException>(() => test.Client.RunAsync(new NewTask("echo", "hi"), cancellationToken: Stop));

        Assert.Equal(("unknown", error, trace), (failure.Outcome, failure.Error, failure.Trace));
    }

    [Fact]
    public async Task Trusts_the_header_when_a_successful_workitem_has_an_error_field()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        await test.AnswerWithAsync(task => [ClientOverMemory.Result(task, """{"error":"from an earlier step"}""", "success", contentType: "application/json")]);

        var result = await test.Client.RunAsync("resize", new RuoteWorkItem([]), cancellationToken: Stop);

        Assert.Equal("from an earlier step", (string?)((RuoteWorkItem)result.ReadWorkItem()).Root["error"]);
    }

    [Fact]
    public async Task Ignores_replies_that_nobody_waits_for()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        await test.AnswerWithAsync(task =>
        {
            var result = ClientOverMemory.Result(task, "echo first", "success");
            return
            [
                result with { Properties = result.Properties with { CorrelationId = "of somebody else" } },
                result with { Properties = result.Properties with { CorrelationId = null } },
                result,
                ClientOverMemory.Result(task, "echo second", "success"),
            ];
        });

        for (var i = 0; i < 3; i++)
        {
            var result = await test.Client.RunAsync(new NewTask("echo", "hi", new EnqueueOptions { CorrelationId = $"mine {i}" }), cancellationToken: Stop);
            Assert.Equal("echo first", Encoding.UTF8.GetString(result.Body.Span));
        }
    }

    [Fact]
    public async Task Says_that_the_task_stays_enqueued_when_no_result_comes_in_time()
    {
        await using var test = await ClientOverMemory.ConnectAsync();

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => test.Client.RunAsync(new NewTask("echo", "x"), TimeSpan.FromMilliseconds(20), Stop));

        Assert.Contains("\"echo\" within 0.02 s", failure.Message, StringComparison.Ordinal);
        Assert.Contains("stays enqueued", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_the_task_has_expired_when_it_has()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        var task = new NewTask("echo", "x", new EnqueueOptions { Expiration = TimeSpan.FromMilliseconds(1) });

        var failure = await Assert.ThrowsAsync<TimeoutException>(() => test.Client.RunAsync(task, TimeSpan.FromMilliseconds(20), Stop));

        Assert.EndsWith("The task has expired: unless it runs already, it will not be started.", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuses_a_correlation_id_that_is_waited_for_already()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        var task = new NewTask("echo", "x", new EnqueueOptions { CorrelationId = "c" });
        var first = test.Client.RunAsync(task, cancellationToken: Stop);

        await Assert.ThrowsAsync<InvalidOperationException>(() => test.Client.RunAsync(task, cancellationToken: Stop));

        await test.AnswerWithAsync(delivery => [ClientOverMemory.Result(delivery, "echo", "success")]);
        await first;
    }

    [Fact]
    public async Task Refuses_a_reply_to_of_the_callers_own()
    {
        await using var test = await ClientOverMemory.ConnectAsync();

        await Assert.ThrowsAsync<ArgumentException>(
            () => test.Client.RunAsync(new NewTask("echo", "x", new EnqueueOptions { ReplyTo = "mine" }), cancellationToken: Stop));
    }

    [Fact]
    public async Task Tells_those_who_wait_when_the_client_is_disposed_of()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        var waiting = test.Client.RunAsync("echo", new RuoteWorkItem(new JsonObject()), cancellationToken: Stop);

        await test.Client.DisposeAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => test.Client.EnqueueAsync(new NewTask("echo", "x"), Stop));
        Assert.True(test.Broker.IsDisposed);
    }
}
