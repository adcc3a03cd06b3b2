using System.Net;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration.Tests;

/// <summary>The section <c>[broker]</c>, and what <c>host = embedded</c> stands for.</summary>
public sealed class EmbeddedBrokerTests
{
    [Fact]
    public void Embedded_is_the_address_and_the_first_user_of_this_host_s_broker()
    {
        var configuration = Given.Parse("[amqp]\nhost = embedded\n[broker]\nlisten = *:6000\ndata_dir = /srv/tasks\n");

        Assert.True(configuration.IsBrokerEmbedded);
        Assert.Equal(new BrokerHost("::1", 6000), Assert.Single(configuration.Broker.Hosts));
        Assert.Equal(("taskqueue", null, "/srv/tasks/password"), (configuration.Broker.User, configuration.Broker.Password, configuration.Broker.PasswordFile));
    }

    [Fact]
    public void A_user_who_is_named_stays()
    {
        var configuration = Given.Parse("[amqp]\nhost = embedded\nuser = ops\npasswd = secret\n");

        Assert.Equal(new BrokerHost("127.0.0.1", 5672), Assert.Single(configuration.Broker.Hosts));
        Assert.Equal(("ops", "secret", null), (configuration.Broker.User, configuration.Broker.Password, configuration.Broker.PasswordFile));
    }

    [Theory]
    [InlineData("rabbit1", "", null, null)]
    [InlineData("embedded", "", 100_000L, 7.0)]
    [InlineData("embedded", "all", null, null)]
    [InlineData("rabbit1", "5000", 5000L, null)]
    [InlineData("rabbit1", "12h", null, 0.5)]
    [InlineData("rabbit1", "2d, 9", 9L, 2.0)]
    public void Results_that_nobody_reads_are_kept_as_long_as_is_said_and_suits_the_broker(string host, string keep, long? count, double? days)
    {
        var configuration = Given.Parse($"[amqp]\nhost = {host}\n[taskqueue]\nresults_keep = {keep}\n");

        Assert.Equal(new Retention(count, days is { } age ? TimeSpan.FromDays(age) : null), configuration.ResultsKeep);
        Assert.Equal(configuration.Service.ResultsKeep, Given.Parse(ConfigurationText.Render(configuration)).Service.ResultsKeep);
    }

    [Theory]
    [InlineData("", null, null)]
    [InlineData("buried_keep = all", null, null)]
    [InlineData("buried_keep = 500, 30d", 500L, 30.0)]
    public void Buried_tasks_are_kept_for_ever_or_as_long_as_is_said_whatever_the_broker(string line, long? count, double? days)
    {
        var configuration = Given.Parse($"[amqp]\nhost = embedded\n[taskqueue]\n{line}\n");

        Assert.Equal(new Retention(count, days is { } age ? TimeSpan.FromDays(age) : null), configuration.Service.BuriedKeep);
        Assert.Equal(configuration.Service.BuriedKeep, Given.Parse(ConfigurationText.Render(configuration)).Service.BuriedKeep);
    }

    [Theory]
    [InlineData("rabbit1")]
    [InlineData("embedded:5672")]
    [InlineData("embedded, rabbit1")]
    public void Other_hosts_are_hosts(string host) => Assert.False(Given.Parse($"[amqp]\nhost = {host}\n").IsBrokerEmbedded);

    [Fact]
    public void Paths_lie_in_the_data_folder_unless_they_are_named()
    {
        var options = Given.Parse("[broker]\ndata_dir = /srv/tasks\n").EmbeddedBroker;
        Assert.Equal(("/srv/tasks/messages.db", "/srv/tasks/users"), (options.Database, options.Users));
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 5672), options.Listen);

        Assert.Equal("/etc/users", Given.Parse("[broker]\nusers_file = /etc/users\n").EmbeddedBroker.Users);
    }

    [Theory]
    [InlineData("listen =", "listen", "expected an address here or in listen_tls, found none")]
    [InlineData("listen_tls = *:5671", "listen_tls", "expected cert_file and key_file as well")]
    [InlineData("listen_tls = *:5671\ncert_file = a.pem", "cert_file", "expected key_file as well")]
    [InlineData("listen_tls = *:5671\nkey_file = a.pem", "key_file", "expected cert_file as well")]
    [InlineData("ca_file = a.pem", "ca_file", "it has no effect without listen_tls")]
    [InlineData("memory_limit = 1K", "memory_limit", "expected a size from 1M")]
    [InlineData("consumer_timeout = 0s", "consumer_timeout", "expected a duration from 1s")]
    public void What_cannot_be_is_named(string lines, string key, string problem)
    {
        var error = Assert.Throws<ConfigurationException>(() => Given.Parse($"[broker]\n{lines}\n"));

        Assert.Contains($"[broker] {key}", error.Message, StringComparison.Ordinal);
        Assert.Contains(problem, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[broker]\nlisten = 127.0.0.1:6000\nmemory_limit = 64M\n")]
    [InlineData("[broker]\nlisten =\nlisten_tls = *:5671\ncert_file = /a.pem\nkey_file = /b.pem\n")]
    public void What_is_shown_can_be_read_again(string text)
    {
        var configuration = Given.Parse(text);

        Assert.Equal(configuration.EmbeddedBroker, Given.Parse(ConfigurationText.Render(configuration)).EmbeddedBroker);
    }
}
