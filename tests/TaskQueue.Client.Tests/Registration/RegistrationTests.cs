using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using TaskQueue.Client.Registration;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Client.Tests.Registration;

public sealed class RegistrationTests
{
    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public void A_section_sets_every_kind_of_option()
    {
        var options = Read(
            ("Broker:Hosts:0", "rabbit1"), ("Broker:Hosts:1", "rabbit2:5673"), ("Broker:Hosts:2", "[::1]:5674"), ("Broker:User", "shop"), ("Broker:QueueType", "Classic"),
            ("Broker:Heartbeat", "00:00:20"), ("DeclareQueue", "false"), ("MaxInFlight", "10"), ("RunTimeout", "00:05:00"));

        Assert.Equal([new BrokerHost("rabbit1"), new BrokerHost("rabbit2", 5673), new BrokerHost("::1", 5674)], options.Broker.Hosts);
        Assert.Equal(("shop", QueueType.Classic, TimeSpan.FromSeconds(20)), (options.Broker.User, options.Broker.QueueType, options.Broker.Heartbeat));
        Assert.Equal((false, 10, TimeSpan.FromMinutes(5)), (options.DeclareQueue, options.MaxInFlight, options.RunTimeout));
    }

    [Fact]
    public void Hosts_may_be_one_text()
    {
        Assert.Equal([new BrokerHost("rabbit1"), new BrokerHost("rabbit2", 5673)], Read(("Broker:Hosts", "rabbit1, rabbit2:5673")).Broker.Hosts);
        Assert.Equal([new BrokerHost("localhost")], Read(("Broker:User", "shop")).Broker.Hosts);
        Assert.Equal(new TaskQueueClientOptions().MaxInFlight, Read().MaxInFlight);
    }

    [Theory]
    [InlineData("Broker:Hots", "rabbit1", "Hots")]
    [InlineData("Broker:Hosts", "rabbit 1/x", "expected a host, or host:port")]
    [InlineData("MaxInFlight", "many", "MaxInFlight")]
    public void What_cannot_be_read_is_named(string key, string value, string expected) =>
        Assert.Contains(expected, Assert.Throws<InvalidOperationException>(() => Read((key, value))).Message, StringComparison.Ordinal);

    [Fact]
    public async Task A_program_has_one_client_with_its_own_log_and_clock_which_its_container_closes()
    {
        var services = new ServiceCollection();
        using var log = new LoggerFactory();
        services.AddSingleton<ILoggerFactory>(log);
        services.AddTaskQueueClient(_ => new TaskQueueClientOptions { Broker = new BrokerOptions { Hosts = [new BrokerHost("nowhere.invalid")] } });
        services.AddTaskQueueClient(new ConfigurationBuilder().Build());
        var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<TaskQueueClient>();

        Assert.Same(client, provider.GetRequiredService<TaskQueueClient>());
        await provider.DisposeAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => client.EnqueueAsync(new NewTask("echo", "late"), TestEnds));
    }

    [Fact]
    public void An_option_that_cannot_be_is_told_when_the_client_is_made()
    {
        using var provider = new ServiceCollection().AddTaskQueueClient(_ => new TaskQueueClientOptions { MaxInFlight = 0 }).BuildServiceProvider();

        Assert.Contains("MaxInFlight is 0", Assert.Throws<ArgumentException>(provider.GetRequiredService<TaskQueueClient>).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Connects_once_when_it_is_first_used()
    {
        var broker = new InMemoryBroker();
        await using var client = TaskQueueClient.ConnectOnFirstUse(broker, new TaskQueueClientOptions());
        Assert.Null(await broker.InspectQueueAsync("taskqueue", TestEnds));

        await Task.WhenAll(Enumerable.Range(0, 10).Select(number => client.EnqueueAsync(new NewTask("echo", number.ToString(CultureInfo.InvariantCulture)), TestEnds)));

        Assert.Equal(10, (await broker.InspectQueueAsync("taskqueue", TestEnds))!.Ready);
    }

    [Fact]
    public async Task Who_waits_for_a_broker_that_is_away_is_told_when_the_client_is_disposed_of()
    {
        var client = TaskQueueClient.ConnectOnFirstUse(new TaskQueueClientOptions { Broker = new BrokerOptions { Hosts = [new BrokerHost("127.0.0.1", 1)] } });
        var waiting = client.EnqueueAsync(new NewTask("echo", "x"), TestEnds);

        await client.DisposeAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
    }

    private static TaskQueueClientOptions Read(params (string Key, string Value)[] values) =>
        ClientConfiguration.Read(new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create($"TaskQueue:{value.Key}", (string?)value.Value)))
            .Build()
            .GetSection("TaskQueue"));
}
