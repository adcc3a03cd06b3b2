namespace TaskQueue.Configuration.Tests.Reading;

[Trait("Case", "D2")]
public sealed class ReplacementTests : IDisposable
{
    private static readonly Dictionary<string, string> NoVariables = [];

    private readonly string _file = Path.GetTempFileName();

    public void Dispose() => File.Delete(_file);

    [Theory]
    [InlineData("", "the file sets nothing any more")]
    [InlineData("# a comment\n[amqp]\n", "the file sets nothing any more")]
    [InlineData("[taskqueue]\nlog_level = debug\n", "[amqp] host was set and is not any more; if the default is meant, set host = localhost.")]
    [InlineData("[amqp]\nport = 5673\n", "[amqp] host was set and is not any more; if the default is meant, set host = localhost.")]
    public void A_file_that_is_being_written_replaces_nothing(string text, string problem)
    {
        var running = Load("[amqp]\nhost = rabbit1\nport = 5673\n[taskqueue]\nlog_level = debug\n");
        File.WriteAllText(_file, text);

        var refused = Assert.Throws<ConfigurationException>(() => running.Reload(NoVariables));

        Assert.StartsWith($"{_file}: {problem}", Assert.Single(refused.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_gone_replaces_nothing()
    {
        var running = Load("[amqp]\nhost = rabbit1\n");
        File.Delete(_file);

        Assert.Throws<ConfigurationException>(() => running.Reload(NoVariables));
    }

    [Theory]
    [InlineData("[amqp]\nhost = rabbit1\n", "[amqp]\nhost = localhost\n")]
    [InlineData("[amqp]\nhost = rabbit1\n", "[amqp]\nhost = rabbit2\n[x]\nworkers = 2\n")]
    [InlineData("[x]\nworkers = 2\n", "[y]\nworkers = 2\n")]
    [InlineData("", "")]
    public void What_is_said_replaces_what_was(string before, string after)
    {
        var running = Load(before);
        File.WriteAllText(_file, after);

        running.Reload(NoVariables);
    }

    private TaskQueueConfiguration Load(string text)
    {
        File.WriteAllText(_file, text);
        return TaskQueueConfiguration.Load(_file, NoVariables);
    }
}
