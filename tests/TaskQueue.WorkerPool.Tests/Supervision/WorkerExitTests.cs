using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class WorkerExitTests
{
    [Theory]
    [InlineData(3, null, new string[0], "exited with code 3")]
    [InlineData(128 + 11, null, new string[0], "was ended by SIGSEGV")]
    [InlineData(128 + 9, "out of memory", new string[0], "was ended by SIGKILL (out of memory)")]
    [InlineData(134, null, new[] { "Unhandled exception.", "at X" }, "was ended by SIGABRT; its last output: Unhandled exception. | at X")]
    [InlineData(134, null, new[] { "Process terminated.", "no licence", "   at A.B()", "   at C.D()" }, "was ended by SIGABRT; its last output: Process terminated. | no licence")]
    [InlineData(134, null, new[] { "   at A.B()" }, "was ended by SIGABRT; its last output:    at A.B()")]
    public void Says_why_the_process_ended(int exitCode, string? cause, string[] lastOutput, string expected)
    {
        Assert.Equal(expected, new WorkerExit(exitCode, Asked: false, cause, lastOutput).Description);
    }

    [Theory]
    [InlineData(new[] { "Process terminated.", "no licence", "   at A.B()" }, "Process terminated. no licence")]
    [InlineData(new[] { "ready", "Unhandled exception. E: the type initializer threw", " ---> F: no licence", "   at A.B()", "   at C.D()" }, "Unhandled exception. E: the type initializer threw ---> F: no licence")]
    [InlineData(new[] { "Unhandled exception. earlier", "   at A.B()", "Process terminated. last" }, "Process terminated. last")]
    [InlineData(new[] { "the plugin says nothing of it" }, null)]
    [InlineData(new string[0], null)]
    public void Tells_what_the_runtime_said_of_the_end(string[] lastOutput, string? expected)
    {
        Assert.Equal(expected, new WorkerExit(134, Asked: false, Cause: null, lastOutput).RuntimeError);
        Assert.Null(new WorkerExit(134, Asked: false, "out of memory", lastOutput).RuntimeError);
    }

    [Theory]
    [InlineData("/p/poem.dll: class Poem.Worker: lines = \"0\": expected a whole number from 1", "lines = \"0\": expected a whole number from 1")]
    [InlineData("/p/poem.dll: class Poem.Worker: its start callback failed: E: no model    at Poem.Worker.OnStart() in /src/x.cs:line 3", "its start callback failed: E: no model")]
    [InlineData("it was not ready within start_timeout, 30 s", "it was not ready within start_timeout, 30 s")]
    public void The_reason_of_a_plugin_is_without_its_place_and_its_stack(string cause, string expected) =>
        Assert.Equal(expected, new WorkerExit(78, Asked: false, cause, ["words"]).ReasonFor(new PluginClass("/p/poem.dll", "Poem.Worker")));

    [Fact]
    public void The_reason_of_what_says_none_is_how_it_ended() =>
        Assert.Equal("exited with code 127; its last output: env: no such file", new WorkerExit(127, Asked: false, Cause: null, ["env: no such file"]).ReasonFor(plugin: null));

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
