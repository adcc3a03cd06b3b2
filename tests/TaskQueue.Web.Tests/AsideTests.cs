using System.Net;
using System.Text;
using TaskQueue.Configuration;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Tests;

public sealed class AsideTests
{
    private const string Sections = "[resize]\n[print]";

    [Fact]
    public async Task Buried_tasks_are_listed_by_what_is_asked_for_and_told_how_many_they_are()
    {
        await using var web = await WebSystem.StartAsync(Sections);
        await using var broker = await web.ConnectAsync(TestContext.Current.CancellationToken);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "timeout", "late"), Buried("2", "crash", "no <b>paper</b>"), Buried("3", "timeout", "later"));
        await WebSystem.FillAsync(broker, "worker_print.buried", Buried("4", "crash", "no paper"));

        Assert.Equal("4 1 2 3 of 4", await ListAsync(web, ""));
        Assert.Equal("1 2 of 3", await ListAsync(web, "type=resize&limit=2"));
        Assert.Equal("4 of 4", await ListAsync(web, "limit=1"));
        Assert.Equal("1 3 of 2", await ListAsync(web, "reason=timeout&error=LATE"));
        Assert.Equal("2 of 1", await ListAsync(web, "id=2&id=9"));
        Assert.Equal(" of 0", await ListAsync(web, "type=other"));
        var whole = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/buried/resize/2"));
        Assert.Equal(("no <b>paper</b>", "body of 2"), ((string?)whole["headers"]![HeaderNames.Error], (string?)whole["body"]));
        Assert.Contains("No buried task", await WebSystem.ProblemOf(HttpStatusCode.NotFound, await web.SendAsync(HttpMethod.Get, "/api/v1/buried/resize/4")), StringComparison.Ordinal);
        Assert.Contains("reazon", await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await web.SendAsync(HttpMethod.Get, "/api/v1/buried?reazon=crash")), StringComparison.Ordinal);
        Assert.Contains("two words", await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await web.SendAsync(HttpMethod.Get, "/api/v1/buried?type=two%20words")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Those_that_are_meant_go_back_and_those_that_were_cancelled_stay()
    {
        await using var web = await WebSystem.StartAsync(Sections);
        await using var broker = await web.ConnectAsync(TestContext.Current.CancellationToken);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "timeout"), Buried("2", "crash"), Buried("3", "timeout"), Buried("4", "timeout"));
        Assert.Equal(HttpStatusCode.Accepted, (await web.SendAsync(HttpMethod.Delete, "/api/v1/tasks/3")).StatusCode);

        Assert.Contains("Which tasks?", await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await web.SendAsync(HttpMethod.Post, "/api/v1/buried/kick?type=resize")), StringComparison.Ordinal);
        var done = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Post, "/api/v1/buried/kick?reason=timeout"));

        Assert.Equal(2, (int)done["kicked"]!);
        var queue = Assert.Single(done["queues"]!.AsArray())!;
        Assert.Equal(("""["1","4"]""", """["3"]"""), (queue["ids"]!.ToJsonString(), queue["cancelled"]!.ToJsonString()));
        Assert.Equal("2 3 of 2", await ListAsync(web, ""));
        var back = await broker.GetAsync("worker_resize", TestContext.Current.CancellationToken);
        Assert.Equal(("1", "body of 1", null), (back!.Properties.MessageId, Encoding.UTF8.GetString(back.Body.Span), back.Properties.HeaderText(HeaderNames.Reason)));
        back.Settle(Settlement.Ack);
    }

    [Fact]
    public async Task Deleted_ones_are_gone()
    {
        await using var web = await WebSystem.StartAsync(Sections);
        await using var broker = await web.ConnectAsync(TestContext.Current.CancellationToken);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "timeout"), Buried("2", "crash"), Buried("3", "crash"));

        var one = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Delete, "/api/v1/buried?id=2&id=nobody"));
        var all = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Delete, "/api/v1/buried?type=resize&all=true"));

        Assert.Equal((1, """["nobody"]"""), ((int)one["deleted"]!, one["not_found"]!.ToJsonString()));
        Assert.Equal(2, (int)all["deleted"]!);
        Assert.Equal(" of 0", await ListAsync(web, ""));
    }

    [Fact]
    public async Task Messages_that_are_no_tasks_go_to_the_dispatcher_again()
    {
        await using var web = await WebSystem.StartAsync(Sections);
        await using var broker = await web.ConnectAsync(TestContext.Current.CancellationToken);
        await WebSystem.FillAsync(broker, "taskqueue.rejected", new MessageProperties { MessageId = "r", Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { [HeaderNames.Reason] = "no worker type", ["nan"] = double.NaN } });

        var listed = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/rejected?reason=WORKER"));
        var shown = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/rejected/r"));
        var done = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Post, "/api/v1/rejected/requeue?all=true"));

        Assert.Equal("no worker type", (string?)Assert.Single(listed["messages"]!.AsArray())!["reason"]);
        Assert.Equal("NaN", (string?)shown["headers"]!["nan"]);
        Assert.Equal(1, (int)done["requeued"]!);
        Assert.Equal(1, (await broker.InspectQueueAsync("taskqueue", TestContext.Current.CancellationToken))?.Ready);
        Assert.Equal(0, (int)(await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/unroutable?type=resise")))["matching"]!);
    }

    [Fact]
    public async Task A_token_for_some_worker_types_sees_theirs_alone()
    {
        await using var web = await WebSystem.StartAsync(Sections, WebSystem.Token("t", WebRole.Admin, "print"));
        await using var broker = await web.ConnectAsync(TestContext.Current.CancellationToken);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "timeout"));
        await WebSystem.FillAsync(broker, "worker_print.buried", Buried("2", "timeout"));

        Assert.Equal("2 of 1", await ListAsync(web, "", "t"));
        foreach (var (method, path) in new[]
        {
            (HttpMethod.Get, "/api/v1/buried?type=resize"), (HttpMethod.Get, "/api/v1/buried/resize/1"), (HttpMethod.Post, "/api/v1/buried/kick?type=resize&all=true"),
            (HttpMethod.Delete, "/api/v1/buried?type=resize&all=true"), (HttpMethod.Get, "/api/v1/rejected"), (HttpMethod.Get, "/api/v1/unroutable"), (HttpMethod.Get, "/api/v1/rejected/x"),
        })
        {
            Assert.Equal(HttpStatusCode.Forbidden, (await web.SendAsync(method, path, token: "t")).StatusCode);
        }

        Assert.Equal(1, (int)(await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Delete, "/api/v1/buried?all=true", token: "t")))["deleted"]!);
        Assert.Equal(1, (await broker.InspectQueueAsync("worker_resize.buried", TestContext.Current.CancellationToken))?.Ready);
    }

    private static MessageProperties Buried(string id, string reason, string error = "no paper") => new()
    {
        MessageId = id,
        ContentType = "text/plain",
        Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { [HeaderNames.Reason] = reason, [HeaderNames.Error] = error, [HeaderNames.Attempts] = 3 },
    };

    private static async Task<string> ListAsync(WebSystem web, string query, string? token = null)
    {
        var listing = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, $"/api/v1/buried?{query}", token: token));
        Assert.False((bool)listing["cut"]!);
        return $"{string.Join(' ', listing["messages"]!.AsArray().Select(message => (string)message!["message_id"]!))} of {listing["matching"]}";
    }
}
