using System.Net;
using System.Text;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Web.Tests;

public sealed class SendTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Answers_when_the_broker_has_the_task_with_all_that_was_said_of_it()
    {
        await using var web = await WebSystem.StartAsync();
        await using var broker = await web.ConnectAsync(TestEnds);

        var response = await web.SendAsync(
            HttpMethod.Post, "/api/v1/tasks/resize?priority=3&correlation_id=c1", "{\"a\": 9007199254740993}", token: null,
            ("Content-Type", "application/json"), ("TaskQueue-Timeout", "1m"), ("TaskQueue-Header-Tenant", "seven"), ("TaskQueue-Reply-To", "answers"));

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        var id = (string)(await WebSystem.JsonOf(response))["id"]!;
        Assert.Equal($"/api/v1/tasks/{id}", response.Headers.Location!.ToString());
        var task = await broker.GetAsync("taskqueue", TestEnds);
        Assert.NotNull(task);
        Assert.Equal("{\"a\": 9007199254740993}", Encoding.UTF8.GetString(task.Body.Span));
        Assert.Equal((id, "application/json", "c1", "answers", (byte?)3), (task.Properties.MessageId, task.Properties.ContentType, task.Properties.CorrelationId, task.Properties.ReplyTo, task.Properties.Priority));
        Assert.Equal(("resize", "60", "seven"), (task.Properties.HeaderText(HeaderNames.WorkerType), task.Properties.HeaderText(HeaderNames.Timeout), task.Properties.HeaderText("tenant")));
        task.Settle(Settlement.Ack);
    }

    [Theory]
    [InlineData("m%C3%BCll-1")]
    [InlineData("a%0D%0Ab")]
    [InlineData("%E2%80%AEa")]
    public async Task An_id_that_no_header_can_hold_is_percent_encoded_there(string id)
    {
        await using var web = await WebSystem.StartAsync();
        await using var broker = await web.ConnectAsync(TestEnds);

        var response = await web.SendAsync(HttpMethod.Post, $"/api/v1/tasks/resize?id={id}", "x");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal(id, response.Headers.GetValues("TaskQueue-Id").Single());
        Assert.Equal(Uri.UnescapeDataString(id), (string)(await WebSystem.JsonOf(response))["id"]!);
        Assert.Equal(1, (await broker.InspectQueueAsync("taskqueue", TestEnds))!.Ready);
    }

    [Theory]
    [InlineData("/api/v1/tasks/resize?dealy=3s", "Did you mean delay?")]
    [InlineData("/api/v1/tasks/resize?delay=soon", "\"delay\" is \"soon\": expected a duration")]
    [InlineData("/api/v1/tasks/resize?delay=1s&at=2999-01-01T00:00:00Z", "a task has one time")]
    [InlineData("/api/v1/tasks/resize?at=tomorrow", "expected a time such as")]
    [InlineData("/api/v1/tasks/resize?priority=300", "expected a number from 0 to 255")]
    [InlineData("/api/v1/tasks/resize?priority=1&priority=2", "more than once")]
    [InlineData("/api/v1/tasks/resize?id=", "is empty")]
    [InlineData("/api/v1/tasks/..%2F..%2Fetc", "Worker type")]
    [InlineData("/api/v1/tasks/resize?wait=1h", "at most 30 minutes")]
    [InlineData("/api/v1/tasks/resize?wait=1s&reply_to=mine", "a result goes to one place")]
    public async Task Says_what_is_wrong_and_sends_nothing(string path, string problem)
    {
        await using var web = await WebSystem.StartAsync();
        await using var broker = await web.ConnectAsync(TestEnds);

        Assert.Contains(problem, await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await web.SendAsync(HttpMethod.Post, path, "x")), StringComparison.Ordinal);

        Assert.Null(await broker.GetAsync("taskqueue", TestEnds));
    }

    [Fact]
    public async Task The_same_key_many_times_at_once_is_one_task_of_each_caller()
    {
        const int Requests = 200;
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", WebRole.Operator), WebSystem.Token("u", WebRole.Operator));
        await using var broker = await web.ConnectAsync(TestEnds);
        Task<HttpResponseMessage> SendAsync(string token, string body) => web.SendAsync(HttpMethod.Post, "/api/v1/tasks/resize", body, token, ("Idempotency-Key", "order 7"));

        var responses = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => SendAsync("t", "body")));
        var other = await SendAsync("u", "body");

        Assert.All(responses, response => Assert.Equal(HttpStatusCode.Accepted, response.StatusCode));
        Assert.Single(responses.Select(response => response.Headers.GetValues("TaskQueue-Id").Single()).Distinct(StringComparer.Ordinal));
        Assert.NotEqual(responses[0].Headers.GetValues("TaskQueue-Id").Single(), other.Headers.GetValues("TaskQueue-Id").Single());
        Assert.Equal(2, (await broker.InspectQueueAsync("taskqueue", TestEnds))!.Ready);
        Assert.Contains("was used for another task", await WebSystem.ProblemOf(HttpStatusCode.UnprocessableEntity, await SendAsync("t", "another body")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lines_are_tasks_all_of_them_or_none()
    {
        await using var web = await WebSystem.StartAsync();
        await using var broker = await web.ConnectAsync(TestEnds);
        Task<HttpResponseMessage> SendAsync(params string[] lines) => web.SendAsync(HttpMethod.Post, "/api/v1/tasks", string.Join('\n', lines));

        var response = await SendAsync("""{"type": "a", "body": {"n": 1}}""", "", """{"type": "b", "text": "hello", "id": "mine", "headers": {"k": "v"}}""", """{"type": "c", "base64": "AP8="}""");

        Assert.Equal(HttpStatusCode.Accepted, response.StatusCode);
        Assert.Equal("mine", (string?)(await WebSystem.JsonOf(response))["ids"]![1]);
        var bodies = new List<string>();
        while (await broker.GetAsync("taskqueue", TestEnds) is { } task)
        {
            bodies.Add($"{task.Properties.HeaderText(HeaderNames.WorkerType)} {Convert.ToHexString(task.Body.Span)}");
            task.Settle(Settlement.Ack);
        }

        Assert.Equal([$"a {Convert.ToHexString("{\"n\": 1}"u8)}", $"b {Convert.ToHexString("hello"u8)}", "c 00FF"], bodies);
        var problem = await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await SendAsync("""{"type": "a", "text": "1"}""", "{", """{"type": "b"}""", """{"type": "c", "text": "1", "dealy": "1s"}"""));
        Assert.StartsWith("Nothing was sent: line 2: ", problem, StringComparison.Ordinal);
        Assert.Contains("line 3: expected one of", problem, StringComparison.Ordinal);
        Assert.Contains("line 4: ", problem, StringComparison.Ordinal);
        Assert.Equal(0, (await broker.InspectQueueAsync("taskqueue", TestEnds))!.Ready);
    }

    [Fact]
    public async Task A_result_that_does_not_come_leaves_the_task_and_nobody_waits_for_it_twice()
    {
        await using var web = await WebSystem.StartAsync();
        await using var broker = await web.ConnectAsync(TestEnds);
        var first = web.SendAsync(HttpMethod.Post, "/api/v1/tasks/resize?wait=10s&id=mine", "x");
        await Eventually.TrueAsync(async () => (await broker.InspectQueueAsync("taskqueue", TestEnds))?.Ready == 1, () => "the task in its queue");

        Assert.Contains("waited for already", await WebSystem.ProblemOf(HttpStatusCode.Conflict, await web.SendAsync(HttpMethod.Post, "/api/v1/tasks/resize?wait=10s&id=mine", "x")), StringComparison.Ordinal);

        var late = await first;
        Assert.Equal((HttpStatusCode.Accepted, "/api/v1/tasks/mine"), (late.StatusCode, late.Headers.Location!.ToString()));
        Assert.Equal(1, (await broker.InspectQueueAsync("taskqueue", TestEnds))!.Ready);
    }

    [Fact]
    public async Task A_body_above_max_body_is_refused()
    {
        await using var web = await WebSystem.StartAsync("max_body = 1K");

        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await web.SendAsync(HttpMethod.Post, "/api/v1/tasks/a", new string('x', 2000))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await web.SendAsync(HttpMethod.Post, "/api/v1/tasks/a", new string('x', 1000))).StatusCode);
    }
}
