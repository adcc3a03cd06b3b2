using System.Net;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Tests;

public sealed class AccessTests
{
    // All paths of the API, with the least role that may use them.
    private static readonly (HttpMethod Method, string Path, WebRole Least)[] Paths =
    [
        (HttpMethod.Get, "/api/v1/openapi.json", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/tasks", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/tasks/{id}", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/tasks/{id}/result", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/history", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/history/counts", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/queues", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/hosts", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/workers", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/audit", WebRole.Admin),
        (HttpMethod.Get, "/api/v1/doctor", WebRole.Operator),
        (HttpMethod.Post, "/api/v1/tasks/{type}", WebRole.Operator),
        (HttpMethod.Post, "/api/v1/tasks", WebRole.Operator),
        (HttpMethod.Delete, "/api/v1/tasks/{id}", WebRole.Operator),
        (HttpMethod.Post, "/api/v1/types/{type}/pause", WebRole.Operator),
        (HttpMethod.Post, "/api/v1/types/{type}/resume", WebRole.Operator),
        (HttpMethod.Get, "/api/v1/buried", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/buried/{type}/{id}", WebRole.Viewer),
        (HttpMethod.Post, "/api/v1/buried/kick", WebRole.Operator),
        (HttpMethod.Delete, "/api/v1/buried", WebRole.Admin),
        (HttpMethod.Get, "/api/v1/rejected", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/rejected/{id}", WebRole.Viewer),
        (HttpMethod.Post, "/api/v1/rejected/requeue", WebRole.Operator),
        (HttpMethod.Delete, "/api/v1/rejected", WebRole.Admin),
        (HttpMethod.Get, "/api/v1/unroutable", WebRole.Viewer),
        (HttpMethod.Get, "/api/v1/unroutable/{id}", WebRole.Viewer),
        (HttpMethod.Post, "/api/v1/unroutable/requeue", WebRole.Operator),
        (HttpMethod.Delete, "/api/v1/unroutable", WebRole.Admin),
        (HttpMethod.Post, "/dispatch", WebRole.Operator),
        (HttpMethod.Post, "/api/v1/types/{type}/scale", WebRole.Admin),
        (HttpMethod.Post, "/api/v1/types/{type}/purge", WebRole.Admin),
        (HttpMethod.Post, "/api/v1/reload", WebRole.Admin),
    ];

    [Fact]
    public async Task Each_path_asks_for_its_role()
    {
        await using var web = await WebSystem.StartAsync("[routes]\nf = resize", [.. Enum.GetValues<WebRole>().Select(role => WebSystem.Token($"{role}", role))]);
        var described = (await WebSystem.JsonOf(await web.SendAsync(HttpMethod.Get, "/api/v1/openapi.json", token: "Viewer")))["paths"]!.AsObject();

        var documented = described.SelectMany(path => path.Value!.AsObject().Select(operation => $"{operation.Key.ToUpperInvariant()} {path.Key}"));
        Assert.Equal(Paths.Skip(1).Select(path => $"{path.Method} {path.Path}").Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
        foreach (var (method, path, least) in Paths)
        {
            var place = path.Replace("{type}", "resize", StringComparison.Ordinal).Replace("{id}", "none", StringComparison.Ordinal);
            Assert.Contains("Send a token", await WebSystem.ProblemOf(HttpStatusCode.Unauthorized, await web.SendAsync(method, place)), StringComparison.Ordinal);
            Assert.Contains("Nobody has that token", await WebSystem.ProblemOf(HttpStatusCode.Unauthorized, await web.SendAsync(method, place, token: "wrong")), StringComparison.Ordinal);
            foreach (var role in Enum.GetValues<WebRole>())
            {
                var status = (await web.SendAsync(method, place, token: $"{role}")).StatusCode;
                Assert.True((status == HttpStatusCode.Forbidden) == (role < least) && status != HttpStatusCode.Unauthorized && (int)status < 500, $"{method} {place} as {role}: {status}");
            }
        }
    }

    [Fact]
    public async Task A_token_for_some_worker_types_is_good_for_nothing_else()
    {
        await using var web = await WebSystem.StartAsync("[routes]\nf = other\ng = resize", WebSystem.Token("t", WebRole.Admin, "resize"));
        string[] own = ["/api/v1/tasks/resize", "/dispatch?g"], others = ["/api/v1/tasks/other", "/api/v1/types/other/pause", "/api/v1/types/other/scale?workers=1", "/api/v1/reload"];

        Assert.Equal(HttpStatusCode.Accepted, (await web.SendAsync(HttpMethod.Post, own[0], "x", "t")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await web.SendAsync(HttpMethod.Post, "/dispatch", """{"function": "g"}""", "t")).StatusCode);
        foreach (var path in others)
        {
            await WebSystem.ProblemOf(HttpStatusCode.Forbidden, await web.SendAsync(HttpMethod.Post, path, "x", "t"));
        }

        await WebSystem.ProblemOf(HttpStatusCode.Forbidden, await web.SendAsync(HttpMethod.Post, "/dispatch", """{"function": "f"}""", "t"));
        await WebSystem.ProblemOf(HttpStatusCode.Forbidden, await web.SendAsync(HttpMethod.Post, "/api/v1/tasks", """{"type": "other", "text": "x"}""", "t"));
        await WebSystem.ProblemOf(HttpStatusCode.Forbidden, await web.SendAsync(HttpMethod.Delete, "/api/v1/tasks/unknown", token: "t"));
    }

    [Theory]
    [InlineData("X-Forwarded-For", "10.0.0.1")]
    [InlineData("Forwarded", "for=10.0.0.1")]
    [InlineData("Via", "1.1 proxy")]
    [InlineData("Host", "evil.example")]
    [InlineData("Authorization", "Basic Z3Vlc3Q6Z3Vlc3Q=")]
    public async Task Without_tokens_only_this_host_may_ask_and_no_proxy(string header, string value)
    {
        await using var web = await WebSystem.StartAsync();

        Assert.Equal(HttpStatusCode.OK, (await web.SendAsync(HttpMethod.Get, "/api/v1/hosts")).StatusCode);
        await WebSystem.ProblemOf(HttpStatusCode.Unauthorized, await web.SendAsync(HttpMethod.Get, "/api/v1/hosts", body: null, token: null, (header, value)));
    }

    [Theory]
    [InlineData("Sec-Fetch-Site", "cross-site", false)]
    [InlineData("Sec-Fetch-Site", "same-site", false)]
    [InlineData("Sec-Fetch-Site", "same-origin", true)]
    [InlineData("Sec-Fetch-Site", "none", true)]
    [InlineData("Origin", "https://evil.example", false)]
    [InlineData("Origin", "null", false)]
    public async Task A_page_of_another_site_changes_nothing(string header, string value, bool passes)
    {
        await using var web = await WebSystem.StartAsync();

        var response = await web.SendAsync(HttpMethod.Post, "/api/v1/tasks/resize", "x", token: null, (header, value));

        Assert.Equal(passes ? HttpStatusCode.Accepted : HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_when_to_ask_again_and_others_are_not()
    {
        const int Requests = 60;
        await using var web = await WebSystem.StartAsync("rate = 1", WebSystem.Token("t", WebRole.Viewer), WebSystem.Token("u", WebRole.Viewer));

        // At once, so that hardly any time passes in which more would be allowed.
        var responses = await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => web.SendAsync(HttpMethod.Get, "/api/v1/nothing", token: "t")));

        var refused = responses.Where(response => response.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, response => Assert.NotNull(response.Headers.RetryAfter));
        Assert.Contains(responses, response => response.StatusCode == HttpStatusCode.NotFound);
        Assert.Equal(HttpStatusCode.NotFound, (await web.SendAsync(HttpMethod.Get, "/api/v1/nothing", token: "u")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await web.SendAsync(HttpMethod.Get, "/healthz")).StatusCode);
    }

    [Fact]
    public void A_line_of_tokens_is_read_as_it_is_written()
    {
        var token = new WebToken("ci@host", WebRole.Operator, ["resize", "echo"], WebToken.HashOf(WebToken.Make()));

        Assert.Equivalent(token, WebToken.Read($"  {token}\t"));
        Assert.All(
            ["", "ci operator *", "ci 1 * " + token.Hash, "ci root * " + token.Hash, "ci viewer a,,b " + token.Hash, "ci viewer * sha256:00", "ci viewer * " + token.Hash.ToUpperInvariant(), "a/b viewer * " + token.Hash],
            line => Assert.Null(WebToken.Read(line)));
    }
}
