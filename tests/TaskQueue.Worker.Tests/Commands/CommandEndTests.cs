using TaskQueue.Worker.Commands;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Commands;

/// <summary>How runs of commands end, and what their tasks become by it.</summary>
public sealed class CommandEndTests
{
    [Theory]
    [InlineData("exit 1", TaskOutcome.PermanentFailure, "exit code 1")]
    [InlineData("exit 2", TaskOutcome.TemporaryFailure, "exit code 2")]
    [InlineData("exit 3", TaskOutcome.UnknownFailure, "exit code 3")]
    [InlineData("exit 255", TaskOutcome.UnknownFailure, "exit code 255")]
    [InlineData("kill -SEGV $$", TaskOutcome.Crash, "SIGSEGV")]
    [InlineData("kill -KILL $$", TaskOutcome.Crash, "SIGKILL")]
    [InlineData("exit 75", TaskOutcome.TemporaryFailure, "exit code 75")]
    [InlineData("exit 127", TaskOutcome.PermanentFailure, "exit code 127")]
    public async Task An_exit_code_says_what_becomes_of_the_task(string script, TaskOutcome outcome, string ending)
    {
        var codes = new Dictionary<int, TaskOutcome> { [75] = TaskOutcome.TemporaryFailure, [127] = TaskOutcome.PermanentFailure };
        await using var worker = await RunningCommand.ShellAsync($"echo first >&2; echo 'last words' >&2; {script}", command => command with { ExitCodes = codes });

        var result = await worker.RunJsonAsync("""{"fields":{"a":1}}""");

        Assert.Equal(outcome, result.Outcome);
        Assert.Equal($"the command ended with {ending}: last words", result.Error);
        Assert.Equal(ending, result.ErrorType);
        Assert.Equal("first\nlast words", result.Trace);
        Assert.Equal(result.Error, result.Json()["error"]!.ToString());
        Assert.Equal("first\nlast words", result.Json()["trace"]!.ToString());
        Assert.Equal(["first", "last words"], worker.Lines(taskId: 1));
    }

    [Fact]
    public async Task Success_may_have_another_code()
    {
        await using var worker = await RunningCommand.ShellAsync(
            "echo done; exit 3", command => command with { ExitCodes = new Dictionary<int, TaskOutcome> { [3] = TaskOutcome.Success } });

        Assert.Equal("done\n", (await worker.RunBytesAsync([])).OnlyBody());
    }

    [Theory]
    [InlineData(126)]
    [InlineData(127)]
    public async Task Codes_that_say_that_the_command_is_wrong_are_for_the_pool_to_judge(int code)
    {
        await using var worker = await RunningCommand.ShellAsync($"read -r what; test \"$what\" = good && exit 0; echo 'no-such-tool: not found' >&2; exit {code}");

        var unusable = await worker.RunBytesAsync("bad\n"u8.ToArray());

        Assert.Equal((TaskOutcome.NotFound, $"exit code {code}"), (unusable.Outcome, unusable.ErrorType));
        Assert.Contains($"/bin/sh ended with exit code {code}: no-such-tool: not found", unusable.Error, StringComparison.Ordinal);
        Assert.Equal(TaskOutcome.Success, (await worker.RunBytesAsync("good\n"u8.ToArray())).Outcome);
    }

    [Fact]
    public async Task A_content_type_that_is_no_UTF8_is_not_what_the_failure_result_has()
    {
        await using var worker = await RunningCommand.ShellAsync("exit 1");
        var task = await worker.SendTaskAsync([], new string('\ufffd', 255));

        var result = await worker.ResultAsync(task);

        Assert.Equal((TaskOutcome.PermanentFailure, "application/json"), (result.Outcome, Assert.Single(result.Results).ContentType));
    }

    [Theory]
    [InlineData("/no/such/program", "/no/such/program does not exist")]
    [InlineData("no-such-program", "no-such-program is in none of the folders of PATH")]
    [InlineData("/usr", "/usr is a folder")]
    [InlineData("/etc/passwd", "/etc/passwd may not be executed")]
    public async Task A_program_that_cannot_be_run_is_told_before_any_task_is_taken(string program, string error)
    {
        await using var worker = await RunningCommand.ConfigureAsync(RunningCommand.Of([program]));

        Assert.Contains(error, (await worker.NextAsync<UnusableFrame>()).Error, StringComparison.Ordinal);
        Assert.Equal(78, await worker.ExitAsync());
    }

    [Fact]
    public async Task A_script_whose_interpreter_is_missing_cannot_be_run()
    {
        var script = Path.GetTempFileName();
        await File.WriteAllTextAsync(script, "#! /no/such/interpreter -x\n", TestContext.Current.CancellationToken);
        File.SetUnixFileMode(script, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        await using var worker = await RunningCommand.ConfigureAsync(RunningCommand.Of([script]));

        Assert.Contains($"{script} begins with \"#!/no/such/interpreter\", which does not exist", (await worker.NextAsync<UnusableFrame>()).Error, StringComparison.Ordinal);
        File.Delete(script);
    }

    [Fact]
    public async Task A_cancelled_command_is_asked_to_end_and_has_not_done_its_task_even_if_it_says_so()
    {
        await using var worker = await RunningCommand.ShellAsync("trap 'echo asked >&2; exit 0' TERM; echo $$ >&2; while :; do sleep 0.05; done");
        var task = await worker.SendTaskAsync([], "application/octet-stream");
        var pid = await worker.PidAsync();

        await worker.SendAsync(new CancelFrame(task));

        var result = await worker.ResultAsync(task);
        Assert.Equal(TaskOutcome.Cancelled, result.Outcome);
        Assert.Equal("the command was told to end, and ended with exit code 0: asked", result.Error);
        await RunningCommand.GoneAsync(pid, "the command");
        Assert.Equal(2, await worker.SendTaskAsync([], "application/octet-stream"));
        await worker.PidAsync();
    }

    [Fact]
    public async Task A_stopped_command_hears_of_its_cancellation_too()
    {
        await using var worker = await RunningCommand.ShellAsync("echo $$ >&2; kill -STOP $$");
        var task = await worker.SendTaskAsync([], "application/octet-stream");
        await worker.PidAsync();

        await worker.SendAsync(new CancelFrame(task));

        Assert.Equal(TaskOutcome.Cancelled, (await worker.ResultAsync(task)).Outcome);
    }

    [Theory]
    [InlineData(0, TaskOutcome.Success, "exit code 0")]
    [InlineData(128, TaskOutcome.UnknownFailure, "exit code 128")]
    [InlineData(139, TaskOutcome.Crash, "SIGSEGV")]
    [InlineData(192, TaskOutcome.Crash, "signal 64")]
    [InlineData(193, TaskOutcome.UnknownFailure, "exit code 193")]
    [InlineData(126, TaskOutcome.NotFound, "exit code 126")]
    public void Codes_have_meanings_and_names(int code, TaskOutcome outcome, string name)
    {
        Assert.Equal(outcome, ExitCode.OutcomeOf(code, new Dictionary<int, TaskOutcome>()));
        Assert.Equal(name, ExitCode.Name(code));
    }
}
