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
    public void Keeps_only_the_last_lines_of_the_output()
    {
        var tail = new OutputTail();
        for (var line = 1; line <= 100; line++)
        {
            tail.Add($"line {line}");
        }

        Assert.Equal(Enumerable.Range(91, 10).Select(line => $"line {line}"), tail.Lines);
    }
}
