namespace TaskQueue.Cli.Tests.Completion;

public sealed class CompletionTests
{
    [Theory]
    [InlineData(" sta", "status")]
    [InlineData(" buried ki", "kick")]
    [InlineData(" status --wa", "--watch")]
    [InlineData(" completion ", "zsh")]
    public async Task Suggests_commands_options_and_values(string line, string expected)
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync($"[suggest:{line.Length}]", line));

        Assert.Contains(expected, run.Out.Split('\n'));
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("send res", "resize")]
    [InlineData("buried list ", "resize")]
    [InlineData("clear worker", "dev_worker_resize")]
    [InlineData("wait task", "dev_taskqueue")]
    public async Task Suggests_worker_types_and_queues_of_the_configuration(string line, string expected)
    {
        using var config = new TemporaryConfig("[amqp]\nqueue_prefix = dev_\n[taskqueue]\nplugin_dir = {folder}\n[resize]\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };

        Assert.Equal(0, await run.RunAsync($"[suggest:{line.Length}]", line));

        Assert.Contains(expected, run.Out.Split('\n'));
    }

    [Fact]
    public async Task Suggests_nothing_and_says_nothing_when_the_configuration_is_wrong()
    {
        using var config = new TemporaryConfig("[amqp]\nhots = 1\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };

        Assert.Equal(0, await run.RunAsync("[suggest:8]", "send zzz"));

        Assert.Equal("", run.Out.Trim());
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _taskqueue taskqueue")]
    [InlineData("zsh", "#compdef taskqueue")]
    [InlineData("fish", "complete -c taskqueue")]
    public async Task Prints_a_script_for_each_shell(string shell, string expected)
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("completion", shell));

        Assert.Contains(expected, run.Out, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Knows_no_other_shell()
    {
        var run = new CliRun();

        Assert.Equal(64, await run.RunAsync("completion", "tcsh"));

        Assert.Contains("'tcsh'", run.Error, StringComparison.Ordinal);
    }
}
