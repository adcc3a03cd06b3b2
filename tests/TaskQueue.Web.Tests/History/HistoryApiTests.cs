using System.Net;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing;

namespace TaskQueue.Web.Tests.History;

/// <summary>What the HTTP API tells of the history.</summary>
public sealed class HistoryApiTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_services_tell_is_found_and_the_end_of_a_task_waited_for()
    {
        await using var web = await WebSystem.StartAsync();
        await using var broker = await web.ConnectAsync(TestEnds);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await WebSystem.TellAsync(broker, KeptHistory.Batch(1, KeptHistory.Started("a", now) with { Body = "{}", BodyBytes = 2, ContentType = "application/json" }, KeptHistory.Started("f", now)) with { Sent = now });
        await Eventually.TrueAsync(async () => (await web.Client.GetAsync("/api/v1/tasks/f", TestEnds)).IsSuccessStatusCode, () => "the task");

        var running = await WebSystem.JsonOf(await web.Client.GetAsync("/api/v1/tasks/a", TestEnds));
        Assert.Equal(("running", "host1", "nobody", "{}"), ((string?)running["state"], (string?)running["host"], (string?)running["user"], (string?)running["body"]!["text"]));
        Assert.Equal(1, (double?)running["coverage"]!["share"]);
        Assert.Equal(HttpStatusCode.Accepted, (await web.Client.GetAsync("/api/v1/tasks/a/result", TestEnds)).StatusCode);

        var waiting = web.Client.GetAsync("/api/v1/tasks/a/result?wait=2m", TestEnds);
        var rest = KeptHistory.Batch(
            3,
            KeptHistory.Ended("a", now + 5) with { Body = "done", BodyBytes = 4, ContentType = "text/plain" },
            KeptHistory.Ended("f", now + 5, "permanent", error: "no such file"),
            new TaskEvent(TaskEventKinds.Buried, now + 6) { Id = "f", Type = "resize", Attempt = 1 },
            new TaskEvent(TaskEventKinds.Counts, now) { Type = "resize", Counts = new Dictionary<string, long> { ["success"] = 9 }, Run = new Dictionary<int, long> { [3] = 9 } });
        await WebSystem.TellAsync(broker, rest with { Sent = now });
        var result = await waiting;
        Assert.Equal(HttpStatusCode.OK, result.StatusCode);
        Assert.Equal("done", (string?)(await WebSystem.JsonOf(result))["result"]!["text"]);
        Assert.Contains("no such file", await WebSystem.ProblemOf(HttpStatusCode.UnprocessableEntity, await web.Client.GetAsync("/api/v1/tasks/f/result", TestEnds)), StringComparison.Ordinal);
        Assert.Contains("knows nothing", await WebSystem.ProblemOf(HttpStatusCode.NotFound, await web.Client.GetAsync("/api/v1/tasks/x/result?wait=1ms", TestEnds)), StringComparison.Ordinal);

        var list = await WebSystem.JsonOf(await web.Client.GetAsync("/api/v1/history?outcome=permanent&limit=1", TestEnds));
        Assert.Equal(["f"], list["tasks"]!.AsArray().Select(task => (string?)task!["id"]));
        var counts = await WebSystem.JsonOf(await web.Client.GetAsync("/api/v1/history/counts?type=resize&step=3600", TestEnds));
        Assert.Equal(9, counts["points"]!.AsArray().Sum(point => (long?)point!["counts"]?["success"] ?? 0));
        Assert.Contains("/api/v1/history", await web.Client.GetStringAsync("/api/v1/openapi.json", TestEnds), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_token_sees_the_tasks_of_its_worker_types_alone()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("all", WebRole.Viewer), WebSystem.Token("mail", WebRole.Viewer, "mail"));
        await using var broker = await web.ConnectAsync(TestEnds);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        await WebSystem.TellAsync(broker, KeptHistory.Batch(1, KeptHistory.Ended("a", now), KeptHistory.Ended("b", now, type: "mail"), new TaskEvent(TaskEventKinds.Counts, now) { Type = "resize", Counts = new Dictionary<string, long> { ["success"] = 1 } }));
        await Eventually.TrueAsync(async () => (await web.SendAsync(HttpMethod.Get, "/api/v1/tasks/b", token: "mail")).IsSuccessStatusCode, () => "the task");

        Assert.Equal(HttpStatusCode.NotFound, (await web.SendAsync(HttpMethod.Get, "/api/v1/tasks/a", token: "mail")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await web.SendAsync(HttpMethod.Get, "/api/v1/tasks/a/result", token: "mail")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await web.SendAsync(HttpMethod.Get, "/api/v1/history?type=resize", token: "mail")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await web.SendAsync(HttpMethod.Get, "/api/v1/history/counts?type=resize", token: "mail")).StatusCode);
        var seen = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/history", token: "mail"));
        Assert.Equal(["b"], seen["tasks"]!.AsArray().Select(task => (string?)task!["id"]));
        Assert.Equal(2, (await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/history", token: "all")))["tasks"]!.AsArray().Count);
        Assert.Empty((await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/history/counts", token: "mail")))["points"]!.AsArray());
        Assert.Equal(HttpStatusCode.Unauthorized, (await web.SendAsync(HttpMethod.Get, "/api/v1/history")).StatusCode);
    }

    [Theory]
    [InlineData("/api/v1/history?limit=0")]
    [InlineData("/api/v1/history?limit=501")]
    [InlineData("/api/v1/history?before=x")]
    [InlineData("/api/v1/history?before=-1.2")]
    [InlineData("/api/v1/history?from=yesterday")]
    [InlineData("/api/v1/history?type=")]
    [InlineData("/api/v1/history?id=a%00b")]
    [InlineData("/api/v1/history?days=1000000000")]
    [InlineData("/api/v1/history/counts?from=1970-01-01T00:00:00Z")]
    [InlineData("/api/v1/history/counts?step=1")]
    [InlineData("/api/v1/history/counts?from=2026-01-01T00:00:00Z&to=2026-01-20T00:00:00Z&step=60")]
    [InlineData("/api/v1/history/counts?by=host")]
    [InlineData("/api/v1/tasks/a/result?wait=1d")]
    public async Task What_is_out_of_bounds_is_named(string path)
    {
        await using var web = await WebSystem.StartAsync();

        Assert.Contains("Parameter", await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await web.Client.GetAsync(path, TestEnds)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_none_is_kept_the_paths_do_not_exist()
    {
        await using var web = await WebSystem.StartAsync("[history]\nenabled = no");

        Assert.Equal(HttpStatusCode.NotFound, (await web.Client.GetAsync("/api/v1/history", TestEnds)).StatusCode);
    }
}
