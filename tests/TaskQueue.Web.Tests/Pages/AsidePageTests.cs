using System.Net;
using System.Text;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.Web.Tests.History;

namespace TaskQueue.Web.Tests.Pages;

/// <summary>The pages of what was set aside, as HTML.</summary>
public sealed class AsidePageTests
{
    private const string Sections = "[resize]\n[print]", Hostile = "<script>alert(1)</script>";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_group_by_error_and_show_each_message()
    {
        await using var web = await WebSystem.StartAsync(Sections);
        await using var broker = await web.ConnectAsync(TestEnds);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "no paper"), Buried("2", "no paper"), Buried(Hostile, Hostile));
        await WebSystem.FillAsync(broker, "worker_print.buried", Buried("3", "jam"));

        var all = await HtmlAsync(web, "/buried");
        var some = await HtmlAsync(web, "/buried?type=resize&error=paper");
        var one = await HtmlAsync(web, "/message?kind=buried&type=resize&id=2");
        var hostile = await HtmlAsync(web, $"/message?kind=buried&type=resize&id={Uri.EscapeDataString(Hostile)}");

        Assert.Contains("4 tasks", all, StringComparison.Ordinal);
        Assert.Matches("<span class=\"count\">2</span> <a href=\"/buried\\?error=no%20paper\">no paper</a>", all);
        Assert.Contains("2 tasks", some, StringComparison.Ordinal);
        Assert.DoesNotContain("jam", some, StringComparison.Ordinal);
        Assert.Contains("body of 2", one, StringComparison.Ordinal);
        Assert.All([all, hostile], html => Assert.DoesNotContain(Hostile, html, StringComparison.Ordinal));
        Assert.Contains("No task is like that", await HtmlAsync(web, "/buried?error=nothing"), StringComparison.Ordinal);
        Assert.Contains("No message is rejected", await HtmlAsync(web, "/rejected"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await web.SendAsync(HttpMethod.Get, "/message?kind=buried&type=resize&id=9")).StatusCode);

        // Each look has messages out of the reach of others.
        foreach (var path in (string[])["/live/buried", "/live/rejected", "/live/unroutable", "/live/message", "/live/aside"])
        {
            Assert.Equal(HttpStatusCode.NotFound, (await web.SendAsync(HttpMethod.Get, path)).StatusCode);
        }
    }

    [Fact]
    public async Task What_matches_is_counted_first_then_sent_back_and_written_down()
    {
        await using var web = await WebSystem.StartAsync(Sections);
        await using var broker = await web.ConnectAsync(TestEnds);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "no paper"), Buried("2", "no paper"), Buried("3", "jam"));
        await WebSystem.TellAsync(broker, KeptHistory.Batch(1));

        Assert.Contains("Kick 2 tasks", await HtmlAsync(web, "/aside?kind=buried&do=kick&error=paper"), StringComparison.Ordinal);
        var done = await PostAsync(web, "kind=buried&do=kick&error=paper");

        Assert.Equal(HttpStatusCode.SeeOther, done.StatusCode);
        Assert.Contains("sent to worker_resize", await HtmlAsync(web, done.Headers.Location!.OriginalString), StringComparison.Ordinal);
        Assert.Equal(2, (await broker.InspectQueueAsync("worker_resize", TestEnds))?.Ready);
        Assert.Equal(HttpStatusCode.SeeOther, (await PostAsync(web, "kind=buried&do=delete&type=resize&id=3")).StatusCode);
        Assert.Equal(0, (await broker.InspectQueueAsync("worker_resize.buried", TestEnds))?.Ready);
        var entries = (await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/audit")))["entries"]!.AsArray();
        Assert.Equal(
            ["delete buried: type = resize, id = 3 1 done", "kick buried: error = paper 2 done"],
            entries.Select(entry => $"{entry!["action"]} {entry["target"]} {entry["count"]} {entry["outcome"]}"));
        await Eventually.TrueAsync(async () => (await web.SendAsync(HttpMethod.Get, "/api/v1/tasks/3")).IsSuccessStatusCode, () => "what was told of 3");
        Assert.Contains("Sent back to worker_resize by local", await HtmlAsync(web, "/task?id=1"), StringComparison.Ordinal);
        Assert.Contains("Deleted by local", await HtmlAsync(web, "/task?id=3"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("kind=buried&do=explode", HttpStatusCode.BadRequest)]
    [InlineData("kind=other&do=kick", HttpStatusCode.BadRequest)]
    [InlineData("kind=rejected&do=kick", HttpStatusCode.BadRequest)]
    [InlineData("kind=buried&do=kick&type=a%20b", HttpStatusCode.BadRequest)]
    public async Task A_form_that_is_none_does_nothing(string form, HttpStatusCode status)
    {
        await using var web = await WebSystem.StartAsync(Sections);

        Assert.Equal(status, (await PostAsync(web, form)).StatusCode);
    }

    [Fact]
    public async Task Who_may_not_is_shown_no_button_and_refused()
    {
        await using var web = await WebSystem.StartAsync(Sections, WebSystem.Token("v", WebRole.Viewer), WebSystem.Token("o", WebRole.Operator), WebSystem.Token("p", WebRole.Admin, "print"));
        await using var broker = await web.ConnectAsync(TestEnds);
        await WebSystem.FillAsync(broker, "worker_resize.buried", Buried("1", "no paper"));

        var (viewer, operators) = (await HtmlAsync(web, "/buried", "v"), await HtmlAsync(web, "/buried", "o"));

        Assert.DoesNotContain("/aside", viewer, StringComparison.Ordinal);
        Assert.Contains("do=kick", operators, StringComparison.Ordinal);
        Assert.DoesNotContain("do=delete", operators, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(web, "kind=buried&do=kick&id=1", "v")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(web, "kind=buried&do=delete&id=1", "o")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(web, "kind=buried&do=delete&type=resize&id=1", "p")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await web.SendAsync(HttpMethod.Get, "/rejected", token: "p")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await web.SendAsync(HttpMethod.Get, "/message?kind=buried&type=resize&id=1", token: "p")).StatusCode);
        Assert.Equal(1, (await broker.InspectQueueAsync("worker_resize.buried", TestEnds))?.Ready);
    }

    private static MessageProperties Buried(string id, string error) => new()
    {
        MessageId = id,
        ContentType = "text/plain",
        Headers = new Dictionary<string, object?>(StringComparer.Ordinal) { [HeaderNames.Reason] = "permanent", [HeaderNames.Error] = error, [HeaderNames.Attempts] = 3, [HeaderNames.LastFailure] = "2026-11-20T11:30:00Z" },
    };

    private static async Task<string> HtmlAsync(WebSystem web, string path, string? token = null)
    {
        var response = await web.SendAsync(HttpMethod.Get, path, token: token, headers: [("Accept", "text/html")]);
        var html = await response.Content.ReadAsStringAsync(TestEnds);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode} {path}: {html}");
        Assert.True(html.Length < 300_000, path);
        return html;
    }

    private static async Task<HttpResponseMessage> PostAsync(WebSystem web, string form, string? token = null)
    {
        using var content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/aside") { Content = content };
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        return await web.Client.SendAsync(request, TestEnds);
    }
}
