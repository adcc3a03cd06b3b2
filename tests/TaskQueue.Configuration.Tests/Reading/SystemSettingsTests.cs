namespace TaskQueue.Configuration.Tests.Reading;

public sealed class SystemSettingsTests
{
    private const string OfHost = """
        [DEFAULT]
        timeout = never
        [taskqueue]
        plugin = echo
        nice = 100
        [http]
        listen = here
        [telemetry]
        nonsense = 1
        [resize]
        max_attempts = many
        [import]
        workers = 2
        timeout = 5m
        """;

    [Fact]
    public void Whoever_talks_to_the_system_goes_without_what_is_wrong_in_what_only_services_read()
    {
        var configuration = TaskQueueConfiguration.ParseSystem("[amqp]\nhost = rabbit1\n" + OfHost);

        Assert.Equal("rabbit1", Assert.Single(configuration.Broker.Hosts).Name);
        Assert.Equal(["resize", "import"], configuration.WorkerTypes.Select(type => type.Name));
        Assert.Equal(TimeSpan.FromMinutes(5), configuration.ForType("import").Groups[0].Timeout);
        Assert.Equal([4, 6, 7, 9, 11, 13], configuration.HostProblems.Select(problem => int.Parse(problem.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture)));
        Assert.Equal(configuration.HostProblems, Assert.Throws<ConfigurationException>(() => configuration.RequireWhole()).Problems);
    }

    [Fact]
    public void A_service_does_not() =>
        Assert.Equal(6, Assert.Throws<ConfigurationException>(() => TaskQueueConfiguration.Parse("[amqp]\nhost = rabbit1\n" + OfHost)).Problems.Count);

    [Theory]
    [InlineData("[amqp]\nport = x\n")]
    [InlineData("[broker]\nlisten = x\n")]
    [InlineData("[amqp]\nhots = x\n")]
    public void What_is_wrong_in_what_all_read_is_told_together_with_the_rest(string ofSystem) =>
        Assert.Equal(7, Assert.Throws<ConfigurationException>(() => TaskQueueConfiguration.ParseSystem(ofSystem + OfHost)).Problems.Count);
}
