namespace TaskQueue.Cli.Tests.Standalone;

public sealed class StandaloneCommandTests
{
    [Fact]
    public async Task Where_it_is_not_installed_that_is_said()
    {
        var run = new CliRun();

        Assert.Equal(69, await run.RunAsync("standalone", "--data", "/nonexistent"));

        Assert.Contains("taskqueue-standalone is missing: install taskqueue-standalone beside this command", run.Error, StringComparison.Ordinal);
    }
}
