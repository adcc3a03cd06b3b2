using System.Net;
using System.Text.RegularExpressions;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Events;
using TaskQueue.Testing;
using TaskQueue.Web.Pages;
using TaskQueue.Web.Tests.History;

namespace TaskQueue.Web.Tests.Pages;

/// <summary>What the pages show, as HTML.</summary>
public sealed partial class PageTests
{
    private static readonly string[] Hostile =
    [
        "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "' autofocus onfocus='alert(1)", "javascript:alert(1)", "</title></textarea><svg onload=alert(1)>", "{{7*7}}${7*7}", "\u202egnp.exe", "<!--", "]]>", "&lt;b&gt;", "a\u0000b\u0007\n\rc", "\ud83d", new('x', 5000),
    ];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_page_shows_what_services_and_history_tell()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        services.Pool = services.Pool with { Problems = [new ServiceProblem(ServiceProblem.DoesNotStart, "lines = \"0\": expected more") { Section = "poem", WorkerType = "poem" }] };
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        services.Pool = services.Pool with { Types = [.. services.Pool.Types.Select(type => type with { OldestPublished = type.Waiting > 0 ? (now / 1000) - 7500 : null })] };
        await services.FillAsync("worker_resize", 3);
        await services.FillAsync("worker_resize.buried", 1);
        await services.TellAsync(
            KeptHistory.Started("done-1", now - 5000) with { Trace = "4bf92f3577b34da6a3ce929d0e0e4736", Headers = new Dictionary<string, string> { ["tenant"] = "<seven>" } },
            KeptHistory.Ended("done-1", now - 4000, "permanent", error: "no such file"),
            new TaskEvent(TaskEventKinds.Buried, now - 3900) { Id = "done-1", Type = "resize", Attempt = 1, Queue = "worker_resize.buried" },
            new TaskEvent(TaskEventKinds.Counts, now - 240_000) { Type = "resize", Counts = new Dictionary<string, long> { ["success"] = 1200, ["crash"] = 300, ["dispatched"] = 1600 }, Run = new Dictionary<int, long> { [20] = 1500 } });
        await Eventually.TrueAsync(async () => (await web.Client.GetAsync("/api/v1/tasks/done-1", TestEnds)).IsSuccessStatusCode, () => "the task");

        await ShowsAsync(web, "/", "Needs a person", "poem does not start", "1 task of resize has failed for good", "Worker types", "20%", "resize", "102 ms");
        await ShowsAsync(web, "/tasks", "running-1", "waiting-1", "done-1", "no such file", "resize#1", "page 1 of 4");
        await ShowsAsync(web, "/tasks?type=resize&outcome=permanent&error=such", "Found", "done-1");
        await ShowsAsync(web, "/tasks?id=nothing", "No task is like that");
        await ShowsAsync(web, "/task?id=done-1", "Run 1 started", "Run 1 ended: permanent", "Buried in worker_resize.buried", "taskqueue buried kick resize --id done-1", "no such file", "4bf92f3577b34da6a3ce929d0e0e4736", "<dt>tenant</dt><dd><seven></dd>");
        await ShowsAsync(web, "/task?id=running-1", "Cancel the task", "resize#1 (pid 4711, user resizer) on host1 runs it", "25%");
        await ShowsAsync(web, "/queues", "worker_resize", "worker_resize.buried", "failed for good", "Pause", "Purge", "data-as=\"since\">2 h");
        await ShowsAsync(web, "/workers", "host1", "resizer", "9,007,199,254,740,993", "running-1", "Reload all services", "Scale");
        await ShowsAsync(web, "/act?do=pause&type=resize", "Pause resize", "2 of 2 ready", "3 in worker_resize", "on 1 service");
        await ShowsAsync(web, "/act?do=purge&type=resize", "Purge resize", "Purge 3 tasks");
        await ShowsAsync(web, "/audit", "Nobody has done anything yet");
        await ShowsAsync(web, "/audit?who=nobody", "Nothing like that was done");
    }

    [Fact]
    public async Task The_doctor_tells_what_is_wrong_with_broker_queues_and_services()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        services.Pool = services.Pool with { Trouble = "no such vhost" };
        await services.FillAsync("taskqueue.rejected", 1);

        var html = await ShowsAsync(web, "/doctor", "it takes messages: no alarm", "workerpool on host1 (pid 77): no such vhost", "1 error", "taskqueue.rejected");
        var json = (await WebSystem.JsonOf(await web.Client.GetAsync("/api/v1/doctor", TestEnds)))!;

        Assert.DoesNotContain("All is well", html, StringComparison.Ordinal);
        Assert.Equal((false, 1), ((bool)json["ok"]!, (int)json["errors"]!));
        Assert.Contains(json["findings"]!.AsArray(), finding => (string?)finding!["severity"] == "ok" && (string?)finding["check"] == "broker");
    }

    [Fact]
    public async Task A_purge_deletes_what_waits_and_is_written_down()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        await services.FillAsync("worker_resize", 3);

        await ShowsAsync(web, (await PostAsync(web, "/act", "do=purge&type=resize")).Headers.Location!.OriginalString, "3 tasks deleted");
        var again = await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Post, "/api/v1/types/resize/purge"));
        Assert.Equal(0, (int)again!["deleted"]!);
        Assert.Contains("There is no queue worker_other", await WebSystem.ProblemOf(HttpStatusCode.NotFound, await web.SendAsync(HttpMethod.Post, "/api/v1/types/other/purge")), StringComparison.Ordinal);

        await ShowsAsync(web, "/audit?action=purge&target=other", "There is no such queue", "not done");
        var audit = await WebSystem.JsonOf(await web.Client.GetAsync("/api/v1/audit?action=purge&target=resize&outcome=done", TestEnds));
        Assert.Equal([0, 3], audit!["entries"]!.AsArray().Select(entry => (int)entry!["count"]!));
        Assert.Contains("expected done", await WebSystem.ProblemOf(HttpStatusCode.BadRequest, await web.Client.GetAsync("/api/v1/audit?outcome=well", TestEnds)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_service_that_has_gone_without_a_word_needs_a_person_and_one_that_has_ended_does_not()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (var (host, ends) in ((string, bool)[])[("gone", false), ("ended", true), ("host1", false)])
        {
            await services.TellAsync(KeptHistory.Batch($"of {host}", 1, KeptHistory.Ended($"on-{host}", now)) with { Host = host, Sent = now, Ends = ends });
        }

        await Eventually.TrueAsync(async () => (await web.Client.GetAsync("/api/v1/tasks/on-host1", TestEnds)).IsSuccessStatusCode, () => "the tasks");

        var html = await ShowsAsync(web, "/", "workerpool on gone has gone without a word");
        Assert.DoesNotContain("workerpool on ended", html, StringComparison.Ordinal);
        Assert.DoesNotContain("workerpool on host1 has", html, StringComparison.Ordinal);

        await services.FillAsync("worker_resize", 3);
        services.Pool = services.Pool with { Types = [] };
        await Eventually.TrueAsync(async () => (await (await GetAsync(web, "/queues")).Content.ReadAsStringAsync(TestEnds)).Contains("worker_resize", StringComparison.Ordinal), () => "what waits for a type that nobody serves any more");
    }

    [Fact]
    public async Task Actions_are_done_once_their_results_shown_and_written_down()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        foreach (var (form, shown) in ((string, string)[])
            [
                ("do=cancel&id=running-1", "resize#1, pid 4711"), ("do=cancel&id=gone", "No pool has it now"), ("do=pause&type=resize", "pause on workerpool"), ("do=resume&type=resize&host=host1", "resume on workerpool"),
                ("do=scale&type=resize&workers=5", "scale on workerpool"), ("do=reload", "reload on dispatcher"),
            ])
        {
            var response = await PostAsync(web, "/act", form);
            Assert.Equal(HttpStatusCode.SeeOther, response.StatusCode);
            await ShowsAsync(web, response.Headers.Location!.OriginalString, shown);
        }

        Assert.Equal([5, 5], services.Told.Where(told => told.Command == ControlCommands.Scale).Select(told => told.RequiredNumber("workers", 0, 10)));
        Assert.All(services.Told, told => Assert.StartsWith("local by taskqueue-web@", told.Text("by"), StringComparison.Ordinal));
        Assert.DoesNotContain("dispatcher", await ShowsAsync(web, "/done?entry=3", "pause on workerpool"), StringComparison.Ordinal);
        await ShowsAsync(web, "/audit", "scale", "type = resize, workers = 5", "running-1", "local");
        var audit = (await WebSystem.JsonOf(await web.Client.GetAsync("/api/v1/audit?limit=4", TestEnds)))!;
        Assert.Equal(["reload", "scale", "resume", "pause"], audit["entries"]!.AsArray().Select(entry => (string?)entry!["action"]));
        audit = await WebSystem.JsonOf(await web.Client.GetAsync($"/api/v1/audit?limit=4&before={audit["next"]}", TestEnds));
        Assert.Equal(["gone", "running-1"], audit["entries"]!.AsArray().Select(entry => (string?)entry!["target"]));
    }

    [Fact]
    public async Task What_others_have_written_is_text_on_every_page()
    {
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        services.Tasks = [.. Hostile.Select((text, i) => new TaskReport($"{i}{Bounded(text)}", "resize") { Running = true, Worker = text, User = text, Message = text, CancelledBy = text, Attempt = 1 })];
        services.Workers = [.. Hostile.Select(text => new WorkerReport(text, "resize", text) { User = text, Problem = text })];
        services.Pool = services.Pool with
        {
            Version = Hostile[0],
            Broker = Hostile[1],
            Trouble = Hostile[2],
            Types = [.. Hostile.Select(text => new TypeReport(text) { Trouble = text })],
            Problems = [.. Hostile.Select(text => new ServiceProblem(text, text) { Section = text })],
            Failures = [.. Hostile.Select(text => new FailureReport(DateTimeOffset.UnixEpoch, text, text, text, text))],
        };
        await services.TellAsync([.. Hostile.Select((text, i) => KeptHistory.Ended($"t{i}{Bounded(text)}", now, Bounded(text), Bounded(text), error: text) with { User = text, Worker = text, Plugin = text, Body = text, By = text, Queue = text, Message = text, ErrorType = text, ContentType = text })]);
        await services.TellAsync(new TaskEvent(TaskEventKinds.Dispatched, now) { Id = "last", Type = "resize" });
        await Eventually.TrueAsync(async () => (await web.Client.GetAsync("/api/v1/tasks/last", TestEnds)).IsSuccessStatusCode, () => "the task");
        var paths = new List<string> { "/", "/tasks", "/queues", "/workers" };
        foreach (var text in Hostile.Where(text => !text.Contains('\ud83d', StringComparison.Ordinal)))
        {
            var value = Uri.EscapeDataString(text);
            paths.AddRange([$"/tasks?id={value}", $"/tasks?type={value}&host={value}", $"/tasks?error={value}", $"/tasks?from={value}", $"/act?do=pause&type={value}&host={value}", $"/act?do=cancel&id={value}", $"/act?do={value}", $"/nowhere/{value}"]);
        }

        for (var i = 0; i < Hostile.Length; i++)
        {
            paths.Add($"/task?id={Uri.EscapeDataString($"{i}{Bounded(Hostile[i]).Replace("\ud83d", "", StringComparison.Ordinal)}")}");
            paths.Add($"/task?id={Uri.EscapeDataString($"t{i}{Bounded(Hostile[i]).Replace("\ud83d", "", StringComparison.Ordinal)}")}");
        }

        foreach (var path in paths)
        {
            var response = await GetAsync(web, path);
            var html = await response.Content.ReadAsStringAsync(TestEnds);
            Assert.True((int)response.StatusCode < 500, $"{response.StatusCode} {path}");
            Assert.True(html.Length < 300_000, $"{html.Length} characters: {path}");
            Assert.True(HarmIn(html) is null, $"{path}: {HarmIn(html)}");
        }
    }

    [Fact]
    public async Task Every_answer_tells_browsers_to_run_nothing_of_others()
    {
        await using var web = await WebSystem.StartAsync();
        foreach (var path in (string[])["/", "/tasks", "/nowhere", "/task", "/api/v1/hosts", "/healthz", "/assets/dashboard.js", "/assets/nothing.js"])
        {
            var response = await GetAsync(web, path);

            Assert.Equal(PageSecurity.Policy, Header("Content-Security-Policy"));
            Assert.Equal(("nosniff", "same-origin", "DENY"), (Header("X-Content-Type-Options"), Header("Referrer-Policy"), Header("X-Frame-Options")));
            Assert.DoesNotMatch("style=|<style| on[a-z]+=|<script(?! src=\"/assets/)", await response.Content.ReadAsStringAsync(TestEnds));

            string? Header(string name) => response.Headers.GetValues(name).SingleOrDefault();
        }
    }

    [Fact]
    public async Task Under_a_base_path_every_link_leads_there()
    {
        await using var web = await WebSystem.StartAsync("base_path = /queue");
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        foreach (var path in (string[])["/queue/", "/queue/tasks", "/queue/task?id=running-1", "/queue/queues", "/queue/workers", "/queue/audit", "/queue/act?do=reload", "/queue/buried", "/queue/unroutable", "/queue/aside?kind=buried&do=kick&type=resize"])
        {
            var html = await ShowsAsync(web, path, "TaskQueue");

            var addresses = Addresses().Matches(html).Select(match => match.Groups["address"].Value).Where(address => !address.StartsWith('#')).ToList();
            Assert.NotEmpty(addresses);
            Assert.All(addresses, address => Assert.StartsWith("/queue/", address, StringComparison.Ordinal));
            foreach (var asset in addresses.Where(address => address.Contains("/assets/", StringComparison.Ordinal)).Distinct(StringComparer.Ordinal))
            {
                var response = await web.Client.GetAsync(asset, TestEnds);
                Assert.True(response.IsSuccessStatusCode && response.Headers.CacheControl!.MaxAge > TimeSpan.FromDays(300), asset);
            }
        }
    }

    [Fact]
    public async Task No_query_is_an_error_of_ours()
    {
        const int Requests = 3000, AtOnce = 50;
        string[] paths = ["/", "/tasks", "/task", "/queues", "/workers", "/audit", "/act", "/done", "/buried", "/rejected", "/unroutable", "/message", "/aside", "/doctor", "/login", "/assets/x", "/live/tasks/x"], names = ["id", "type", "outcome", "host", "from", "to", "error", "before", "limit", "do", "who", "action", "target", "workers", "entry", "group", "next", "kind", "reason", "worker", "ignore_delivery_limit", ""];
        string[] values = [.. Hostile, "cancel", "scale", "reload", "pause", "purge", "buried", "rejected", "kick", "delete", "-1", "99999999999999999999", "1.1", "2026-01-01T00:00:00Z", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "%", ""];
        await using var web = await WebSystem.StartAsync();
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        var random = new Random(20261201);
        var asked = Enumerable.Range(0, Requests).Select(_ => $"{Pick(paths)}?{string.Join('&', Enumerable.Range(0, random.Next(5)).Select(_ => $"{Pick(names)}={Escaped(Pick(values))}"))}").ToList();
        await Parallel.ForEachAsync(asked, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = TestEnds }, async (path, _) =>
        {
            var response = await GetAsync(web, path);
            Assert.True((int)response.StatusCode < 500, $"{response.StatusCode} {path}");
        });

        string Pick(string[] from) => from[random.Next(from.Length)];

        string Escaped(string text) => random.Next(10) == 0 ? "%ff%fe%00" : Uri.EscapeDataString(text.Replace("\ud83d", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("do=cancel", HttpStatusCode.BadRequest)]
    [InlineData("do=explode&type=resize", HttpStatusCode.BadRequest)]
    [InlineData("do=scale&type=resize", HttpStatusCode.BadRequest)]
    [InlineData("do=scale&type=resize&workers=-1", HttpStatusCode.BadRequest)]
    [InlineData("do=pause&do=pause", HttpStatusCode.BadRequest)]
    [InlineData("a=1&b=1&c=1&d=1&e=1&f=1&g=1&h=1&i=1&j=1&k=1&l=1&m=1&n=1&o=1&p=1&q=1&r=1&s=1&t=1&u=1&v=1", HttpStatusCode.BadRequest)]
    public async Task A_form_that_is_none_does_nothing(string form, HttpStatusCode status)
    {
        await using var web = await WebSystem.StartAsync();

        Assert.Equal(status, (await PostAsync(web, "/act", form)).StatusCode);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await web.SendAsync(HttpMethod.Post, "/act", "{}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(web, "/act", "do=reload", ("Origin", "https://evil.example"))).StatusCode);
    }

    [Fact]
    public void Time_to_empty_is_said_only_where_the_queue_gets_shorter()
    {
        Assert.Equal("empty", Of(backlog: 0, came: 100, ended: 10));
        Assert.Equal("2 min", Of(backlog: 40, came: 50, ended: 150));
        Assert.Equal("grows", Of(backlog: 40, came: 100, ended: 100));
        Assert.Equal("stands still", Of(backlog: 40, came: 0, ended: 0));

        static string Of(long backlog, long came, long ended)
        {
            var activity = new TypeActivity();
            var point = new Web.History.CountPoint(59 * 60, "resize");
            (point.Counts["dispatched"], point.Counts["success"]) = (came, ended);
            activity.Add(point, from: 0);
            return new TypeOverview("resize", activity) { Backlog = backlog }.TimeToEmpty;
        }
    }

    [Theory]
    [InlineData("abc-1", "abc-1")]
    [InlineData("", "''")]
    [InlineData("-rf", "'-rf'")]
    [InlineData("a b'c;$(d)", @"'a b'\''c;$(d)'")]
    public void A_shell_reads_arguments_as_they_are(string argument, string expected) => Assert.Equal(expected, Say.Quoted(argument));

    internal static async Task<string> ShowsAsync(WebSystem web, string path, params string[] texts)
    {
        var response = await GetAsync(web, path);
        var html = WebUtility.HtmlDecode(await response.Content.ReadAsStringAsync(TestEnds));
        Assert.True(response.StatusCode == HttpStatusCode.OK, $"{response.StatusCode} {path}: {html}");
        Assert.All(texts, text => Assert.Contains(text, html, StringComparison.Ordinal));
        return html;
    }

    internal static Task<HttpResponseMessage> GetAsync(WebSystem web, string path) => web.SendAsync(HttpMethod.Get, path, body: null, token: null, ("Accept", "text/html"));

    internal static Task<HttpResponseMessage> PostAsync(WebSystem web, string path, string form, params (string, string)[] headers) =>
        web.SendAsync(HttpMethod.Post, path, form, token: null, [("Accept", "text/html"), ("Content-Type", "application/x-www-form-urlencoded"), .. headers]);

    private static string Bounded(string text) => text.Replace("\0", "", StringComparison.Ordinal)[..Math.Min(200, text.Replace("\0", "", StringComparison.Ordinal).Length)];

    // Where a browser would run, or hide, something; nothing where it is all text.
    private static string? HarmIn(string html) =>
        Tags().Matches(html).Select(tag => tag.Value).FirstOrDefault(tag => Events().IsMatch(tag))
        ?? Array.Find((string[])["<script>", "<img src=x", "<svg onload", "\u202e", "\0"], sign => html.Contains(sign, StringComparison.OrdinalIgnoreCase))
        ?? Addresses().Matches(html).Select(match => match.Groups["address"].Value).FirstOrDefault(address => address.StartsWith("javascript:", StringComparison.OrdinalIgnoreCase));

    [GeneratedRegex("<[a-zA-Z](\"[^\"]*\"|[^>\"])*>", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Tags();

    [GeneratedRegex("\\son[a-z]+=(?=([^\"]*\"[^\"]*\")*[^\"]*$)", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Events();

    [GeneratedRegex("(href|src|action|data-from)=\"(?<address>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Addresses();
}
