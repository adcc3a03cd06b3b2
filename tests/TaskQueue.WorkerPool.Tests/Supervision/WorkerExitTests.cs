using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class WorkerExitTests
{
    [Theory]
    [InlineData(3, null, new string[0], "exited with code 3")]
    [InlineData(128 + 11, null, new string[0], "was ended by SIGSEGV")]
    [InlineData(128 + 9, "out of memory", new string[0], "was ended by SIGKILL (out of memory)")]
    [InlineData(134, null, new[] { "Unhandled exception.", "at X" }, "was ended by SIGABRT; its last output: Unhandled exception. | at X")]
    public void Says_why_the_process_ended(int exitCode, string? cause, string[] lastOutput, string expected)
    {
        Assert.Equal(expected, new WorkerExit(exitCode, Asked: false, cause, lastOutput).Description);
    }

    [Fact]
    public void Explains_what_writing_over_a_DLL_in_use_does()
    {
        Assert.Contains("rename", new WorkerExit(128 + 7, Asked: false, Cause: null, []).Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, new string[0], false)]
    [InlineData(1, new string[0], false)]
    [InlineData(1, new[] { "setpriv: failed to parse reuid: 'x'" }, true)]
    [InlineData(1, new[] { "prlimit: failed to set the NOFILE resource limit: Operation not permitted" }, true)]
    [InlineData(3, new[] { "setpriv: no" }, false)]
    [InlineData(70, new string[0], false)]
    [InlineData(78, new string[0], true)]
    [InlineData(125, new string[0], true)]
    [InlineData(126, new string[0], true)]
    [InlineData(127, new string[0], true)]
    [InlineData(128 + 9, new string[0], false)]
    public void Tells_faults_of_the_configuration_from_crashes(int exitCode, string[] lastOutput, bool expected)
    {
        var exit = new WorkerExit(exitCode, Asked: false, Cause: null, lastOutput);

        Assert.Equal(expected, exit.IsConfigurationFault);
        Assert.True((exit with { IsRefusal = true }).IsConfigurationFault);
    }

    [Fact]
    public void Keeps_only_the_last_lines_of_the_output()
    {
        var tail = new OutputTail();
        for (var line = 1; line <= 100; line++)
        {
            tail.Add($"line {line}");
        }

        Assert.Equal(Enumerable.Range(51, 50).Select(line => $"line {line}"), tail.Lines);
    }
}
