using System.Net;

namespace TaskQueue.Configuration.Tests;

/// <summary>The sections <c>[web]</c> and <c>[routes]</c>.</summary>
public sealed class WebTests
{
    private const string Beyond = "listen = *:8443\ntokens_file = /t\n";

    [Theory]
    [InlineData("listen = *:8080", "listen", "expected tokens_file as well")]
    [InlineData("listen = *:8080\ntokens_file = /t", "listen", "in the clear; expected cert_file and key_file, or in trusted_proxies")]
    [InlineData("cert_file = /c", "cert_file", "expected key_file as well")]
    [InlineData("trusted_proxies = proxy1", "trusted_proxies", "expected IP addresses or networks")]
    [InlineData("base_path = taskqueue/", "base_path", "expected a path of URLs")]
    [InlineData("rate = -1", "rate", "expected a number from 0")]
    [InlineData("user_header = X-User", "user_header", "expected trusted_proxies as well")]
    [InlineData("user_header = X User", "user_header", "expected the name of a header")]
    [InlineData("users = a: admin", "users", "expected user_header as well")]
    [InlineData("users = a: root", "users", "expected pairs such as")]
    [InlineData("users = a: admin, a: viewer", "users", "expected pairs such as")]
    public void What_cannot_be_is_named(string lines, string key, string problem)
    {
        var problems = Refused.Problems($"[web]\n{lines}\n");

        Assert.Contains(problems, text => text.Contains($"[web] {key}", StringComparison.Ordinal) && text.Contains(problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("listen = 127.0.0.1:8080")]
    [InlineData("listen = [::1]:8080\nbase_path = /tasks")]
    [InlineData(Beyond + "cert_file = /c\nkey_file = /k")]
    [InlineData(Beyond + "trusted_proxies = 127.0.0.1, 10.0.0.0/24")]
    [InlineData("listen = *:8080\ntrusted_proxies = 10.0.0.1\nuser_header = X-Forwarded-User\nusers = a@example.org: admin, oidc:b: operator, *: viewer")]
    public void What_is_shown_can_be_read_again(string lines)
    {
        var configuration = Given.Parse($"[web]\n{lines}\n[routes]\napp.Resize = resize\n");

        var again = Given.Parse(ConfigurationText.Render(configuration));
        Assert.Equal(configuration.Web, again.Web);
        Assert.Equal([KeyValuePair.Create("app.Resize", "resize")], again.Routes);
    }

    [Fact]
    public void An_address_is_a_network_of_one()
    {
        var proxies = Given.Parse("[web]\ntrusted_proxies = 10.0.0.1 10.1.0.0/16\n").Web.TrustedProxies;

        Assert.Equal([new IPNetwork(IPAddress.Parse("10.0.0.1"), 32), IPNetwork.Parse("10.1.0.0/16")], proxies);
    }

    [Fact]
    public void A_route_leads_to_a_worker_type() =>
        Assert.Contains("[routes] f = \"a b\": expected the worker type that serves the function", Refused.Problem("[routes]\nf = a b\n"), StringComparison.Ordinal);
}
