using System.Net;
using TaskQueue.Configuration;
using TaskQueue.Testing;
using TaskQueue.Web.Tests.Pages;

namespace TaskQueue.Web.Tests;

/// <summary>Browsers that log in, and what they may see and do.</summary>
public sealed class LoginTests
{
    // All pages, with the least role that may see or do it.
    private static readonly (HttpMethod Method, string Path, WebRole Least)[] Paths =
    [
        (HttpMethod.Get, "/", WebRole.Viewer),
        (HttpMethod.Get, "/tasks", WebRole.Viewer),
        (HttpMethod.Get, "/task?id=running-1", WebRole.Viewer),
        (HttpMethod.Get, "/queues", WebRole.Viewer),
        (HttpMethod.Get, "/workers", WebRole.Viewer),
        (HttpMethod.Get, "/act?do=pause&type=resize", WebRole.Operator),
        (HttpMethod.Get, "/act?do=scale&type=resize", WebRole.Admin),
        (HttpMethod.Get, "/act?do=reload", WebRole.Admin),
        (HttpMethod.Get, "/act?do=purge&type=resize", WebRole.Admin),
        (HttpMethod.Get, "/doctor", WebRole.Operator),
        (HttpMethod.Get, "/done?entry=1", WebRole.Operator),
        (HttpMethod.Get, "/audit", WebRole.Admin),
        (HttpMethod.Post, "/act?do=pause&type=resize", WebRole.Operator),
        (HttpMethod.Post, "/act?do=resume&type=resize", WebRole.Operator),
        (HttpMethod.Post, "/act?do=cancel&id=running-1", WebRole.Operator),
        (HttpMethod.Post, "/act?do=scale&type=resize&workers=1", WebRole.Admin),
        (HttpMethod.Post, "/act?do=reload", WebRole.Admin),
        (HttpMethod.Post, "/act?do=purge&type=resize", WebRole.Admin),
        (HttpMethod.Head, "/live/", WebRole.Viewer),
        (HttpMethod.Head, "/live/tasks", WebRole.Viewer),
        (HttpMethod.Head, "/live/audit", WebRole.Admin),
    ];

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_page_asks_for_its_role_and_shows_what_that_may_do()
    {
        await using var web = await WebSystem.StartAsync("", [.. Enum.GetValues<WebRole>().Select(role => WebSystem.Token($"{role}", role))]);
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        await services.FillAsync("worker_resize", 1);
        foreach (var (method, path, least) in Paths)
        {
            var nobody = await SendAsync(web, method, path, cookie: null);
            Assert.True(method == HttpMethod.Get ? nobody.StatusCode == HttpStatusCode.Redirect : nobody.StatusCode == HttpStatusCode.Unauthorized, $"{method} {path}: {nobody.StatusCode}");
            foreach (var role in Enum.GetValues<WebRole>())
            {
                var cookie = await LoginAsync(web, $"{role}");
                var response = await SendAsync(web, method, path, cookie);
                Assert.True((response.StatusCode == HttpStatusCode.Forbidden) == (role < least) && response.StatusCode != HttpStatusCode.Unauthorized && (int)response.StatusCode < 500, $"{method} {path} as {role}: {response.StatusCode}");
            }
        }

        foreach (var (role, page, shown, hidden) in ((WebRole, string, string[], string[])[])
            [
                (WebRole.Viewer, "/queues", [], [">Pause</a>", "/act", "Audit log"]), (WebRole.Viewer, "/workers", [], ["/act"]), (WebRole.Viewer, "/task?id=running-1", [], ["/act"]),
                (WebRole.Operator, "/queues", [">Pause</a>"], ["Audit log", "Purge"]), (WebRole.Operator, "/workers", [">Pause</a>"], ["Scale", "Reload"]), (WebRole.Operator, "/task?id=running-1", ["Cancel the task"], []),
                (WebRole.Admin, "/workers", [">Pause</a>", "Scale", "Reload", "Audit log", "Log out"], []),
            ])
        {
            var html = await (await SendAsync(web, HttpMethod.Get, page, await LoginAsync(web, $"{role}"))).Content.ReadAsStringAsync(TestEnds);
            Assert.All(shown, text => Assert.Contains(text, html, StringComparison.Ordinal));
            Assert.All(hidden, text => Assert.DoesNotContain(text, html, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task A_login_leads_to_the_page_that_was_asked_for_and_lasts_over_restarts_until_logout()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("secret", WebRole.Admin));
        var asked = await SendAsync(web, HttpMethod.Get, "/tasks?type=resize", cookie: null);
        Assert.Equal("/login?next=%2Ftasks%3Ftype%3Dresize", asked.Headers.Location!.OriginalString);
        Assert.Contains("name=\"token\"", await (await SendAsync(web, HttpMethod.Get, asked.Headers.Location.OriginalString, cookie: null)).Content.ReadAsStringAsync(TestEnds), StringComparison.Ordinal);

        var login = await PageTests.PostAsync(web, "/login", "token=secret&next=%2Ftasks%3Ftype%3Dresize");
        Assert.Equal((HttpStatusCode.SeeOther, "/tasks?type=resize"), (login.StatusCode, login.Headers.Location!.OriginalString));
        var cookie = login.Headers.GetValues("Set-Cookie").Single();
        Assert.All(["httponly", "samesite=strict", "path=/"], attribute => Assert.Contains(attribute, cookie, StringComparison.Ordinal));
        Assert.DoesNotContain("secret", cookie, StringComparison.Ordinal);
        await web.RestartAsync();
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(web, HttpMethod.Get, "/tasks", ValueOf(cookie))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(web, HttpMethod.Get, "/api/v1/hosts", ValueOf(cookie))).StatusCode);

        Assert.Equal(HttpStatusCode.Forbidden, (await web.SendAsync(HttpMethod.Post, "/api/v1/reload", body: null, token: null, ("Cookie", ValueOf(cookie)))).StatusCode);
        Assert.Equal("/login", (await SendAsync(web, HttpMethod.Post, "/logout", ValueOf(cookie))).Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, (await SendAsync(web, HttpMethod.Get, "/tasks", ValueOf(cookie))).StatusCode);
    }

    [Fact]
    public async Task A_session_ends_with_its_token()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("a", WebRole.Admin), WebSystem.Token("b", WebRole.Admin));
        var (a, b) = (await LoginAsync(web, "a"), await LoginAsync(web, "b"));

        web.WriteTokens(WebSystem.Token("b", WebRole.Viewer));

        await Eventually.TrueAsync(async () => (await SendAsync(web, HttpMethod.Get, "/", a)).StatusCode == HttpStatusCode.Redirect, () => "the end of the session");
        Assert.Equal(HttpStatusCode.OK, (await SendAsync(web, HttpMethod.Get, "/", b)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(web, HttpMethod.Get, "/audit", b)).StatusCode);
    }

    [Theory]
    [InlineData("https://evil.example/")]
    [InlineData("//evil.example/")]
    [InlineData("/\\evil.example/")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\r\nSet-Cookie: a=b")]
    public async Task A_login_leads_nowhere_else(string next)
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", WebRole.Viewer));

        Assert.Equal("/", (await PageTests.PostAsync(web, "/login", $"token=t&next={Uri.EscapeDataString(next)}")).Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task Who_fails_to_log_in_again_and_again_has_to_wait()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("t", WebRole.Viewer));
        for (var i = 0; i < Access.LoginRates.MostFailures; i++)
        {
            Assert.Equal(HttpStatusCode.Unauthorized, (await PageTests.PostAsync(web, "/login", $"token=guess{i}")).StatusCode);
        }

        var refused = await PageTests.PostAsync(web, "/login", "token=t");

        Assert.Equal((HttpStatusCode.TooManyRequests, "60"), (refused.StatusCode, refused.Headers.RetryAfter!.ToString()));
        Assert.Contains(web.Log, line => line.Contains("A login from 127.0.0.1 failed", StringComparison.Ordinal));
        Assert.DoesNotContain(web.Log, line => line.Contains("guess", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_a_session_does_is_written_down_by_the_name_of_its_token()
    {
        await using var web = await WebSystem.StartAsync("", WebSystem.Token("op", WebRole.Operator, "resize"), WebSystem.Token("admin", WebRole.Admin));
        await using var services = await StandInServices.StartAsync(web.BrokerOptions, TestEnds);
        var cookie = await LoginAsync(web, "op");

        Assert.Equal(HttpStatusCode.SeeOther, (await SendAsync(web, HttpMethod.Post, "/act?do=pause&type=resize", cookie)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(web, HttpMethod.Post, "/act?do=pause&type=echo", cookie)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await SendAsync(web, HttpMethod.Post, "/act?do=cancel&id=nobodys", cookie)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await web.SendAsync(HttpMethod.Post, "/api/v1/types/resize/resume", token: "op")).StatusCode);

        var entries = (await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/audit", token: "admin")))["entries"]!.AsArray();
        Assert.Equal(["resume type = resize who-op done", "pause type = resize who-op done", "login  who-op done"], entries.Select(entry => $"{entry!["action"]} {entry["target"]} {entry["who"]} {entry["outcome"]}"));
        Assert.All(entries, entry => Assert.Equal("127.0.0.1", (string?)entry!["address"]));
        Assert.All(services.Told, told => Assert.StartsWith("who-op by", told.Text("by"), StringComparison.Ordinal));
    }

    internal static async Task<string> LoginAsync(WebSystem web, string token) =>
        ValueOf((await PageTests.PostAsync(web, "/login", $"token={token}")).Headers.GetValues("Set-Cookie").Single());

    private static string ValueOf(string cookie) => cookie.Split(';')[0];

    // What a browser sends of a page of ours; the query of a form is its body.
    private static Task<HttpResponseMessage> SendAsync(WebSystem web, HttpMethod method, string path, string? cookie)
    {
        var parts = path.Split('?');
        (string, string)[] headers = [("Accept", "text/html"), ("Sec-Fetch-Site", "same-origin"), .. cookie is null ? [] : ((string, string)[])[("Cookie", cookie)]];
        return method == HttpMethod.Post
            ? PageTests.PostAsync(web, parts[0], parts.Length > 1 ? parts[1] : "", headers[1..])
            : web.SendAsync(method, path, body: null, token: null, headers);
    }
}
