using System.Net;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Tests;

/// <summary>Those who have logged in at a proxy.</summary>
public sealed class ProxyUserTests
{
    private const string Trusted = "trusted_proxies = 127.0.0.1\nuser_header = X-Forwarded-User\nusers = alice: admin, bob@example.org: operator", Others = "trusted_proxies = 192.0.2.1\nuser_header = X-Forwarded-User\nusers = alice: admin";

    [Theory]
    [InlineData("alice", HttpStatusCode.OK, HttpStatusCode.OK)]
    [InlineData("bob@example.org", HttpStatusCode.OK, HttpStatusCode.Forbidden)]
    [InlineData("mallory", HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    [InlineData("*", HttpStatusCode.Unauthorized, HttpStatusCode.Unauthorized)]
    public async Task Have_the_role_that_they_are_given(string name, HttpStatusCode hosts, HttpStatusCode audit)
    {
        await using var web = await WebSystem.StartAsync(Trusted);

        Assert.Equal(hosts, (await AskAsync(web, HttpMethod.Get, "/api/v1/hosts", name)).StatusCode);
        Assert.Equal(audit, (await AskAsync(web, HttpMethod.Get, "/api/v1/audit", name)).StatusCode);
    }

    [Fact]
    public async Task All_others_can_have_a_role_too()
    {
        await using var web = await WebSystem.StartAsync($"{Trusted}, *: viewer");

        Assert.Equal(HttpStatusCode.OK, (await AskAsync(web, HttpMethod.Get, "/api/v1/hosts", "carol")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(web, HttpMethod.Post, "/api/v1/tasks/echo", "carol", ("Sec-Fetch-Site", "same-origin"))).StatusCode);
    }

    [Fact]
    public async Task Nobody_else_is_believed()
    {
        await using var web = await WebSystem.StartAsync(Others, WebSystem.Token("t", WebRole.Viewer));

        Assert.Equal(HttpStatusCode.Unauthorized, (await AskAsync(web, HttpMethod.Get, "/api/v1/hosts", "alice")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await web.SendAsync(HttpMethod.Get, "/api/v1/hosts", token: "t")).StatusCode);
    }

    [Fact]
    public async Task What_is_said_twice_is_not_believed()
    {
        await using var web = await WebSystem.StartAsync(Trusted);

        Assert.Equal(HttpStatusCode.Unauthorized, (await web.SendAsync(HttpMethod.Get, "/api/v1/hosts", headers: [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-User", "mallory"), ("X-Forwarded-User", "alice")])).StatusCode);
    }

    [Fact]
    public async Task What_changes_something_has_to_be_of_our_own_pages()
    {
        await using var web = await WebSystem.StartAsync(Trusted);

        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(web, HttpMethod.Post, "/api/v1/tasks/echo", "alice")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await AskAsync(web, HttpMethod.Post, "/api/v1/tasks/echo", "alice", ("Sec-Fetch-Site", "cross-site"))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await AskAsync(web, HttpMethod.Post, "/api/v1/tasks/echo", "alice", ("Sec-Fetch-Site", "same-origin"))).StatusCode);
    }

    private static Task<HttpResponseMessage> AskAsync(WebSystem web, HttpMethod method, string path, string user, params (string Name, string Value)[] headers) =>
        web.SendAsync(method, path, method == HttpMethod.Post ? "x" : null, token: null, [("X-Forwarded-For", "192.0.2.7"), ("X-Forwarded-User", user), .. headers]);
}
