using System.Text;
using TaskQueue.Testing;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Commands;

/// <summary>Programs are executed by the kernel or not at all, and a host that cannot start them is nobody's failure.</summary>
public sealed class CommandStartTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-start-");

    // An ELF header of a machine that does not exist, then what a shell would run.
    public static TheoryData<byte[]> NotExecutable => new(
        [],
        "echo 'a shell runs this'\n"u8.ToArray(),
        [0x7F, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0xFF, 0xFF, 1, 0, 0, 0, .. "\necho 'a shell runs this'\n"u8],
        [0x7F, (byte)'E', (byte)'L', (byte)'F']);

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [MemberData(nameof(NotExecutable))]
    [Trait("Case", "C8")]
    public async Task What_the_kernel_cannot_execute_is_never_handed_to_a_shell(byte[] content)
    {
        var program = Install("program", content);
        await using var worker = await RunningCommand.ConfigureAsync(RunningCommand.Of([program]));
        await worker.NextAsync<ReadyFrame>();

        var unusable = await worker.RunBytesAsync([]);

        Assert.Equal(TaskOutcome.Unusable, unusable.Outcome);
        Assert.Contains($"the command cannot be executed: {program} is neither", unusable.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("#!/bin/sh\r\necho done\r\n", "/bin/sh")]
    [InlineData("#! /usr/bin/env python3\r\nprint()\r\n", "/usr/bin/env")]
    public async Task A_script_with_Windows_line_ends_is_told_before_any_task_is_taken(string script, string interpreter)
    {
        var program = Install("script.sh", Encoding.UTF8.GetBytes(script));
        await using var worker = await RunningCommand.ConfigureAsync(RunningCommand.Of([program]));

        var error = (await worker.NextAsync<UnusableFrame>()).Error;

        Assert.Contains($"{program} has Windows line ends", error, StringComparison.Ordinal);
        Assert.Contains($"(\"{interpreter}\\r\")", error, StringComparison.Ordinal);
        Assert.Equal(78, await worker.ExitAsync());
    }

    [Fact]
    [Trait("Case", "B6")]
    public async Task A_folder_for_bodies_that_cannot_be_made_is_told_before_any_task_is_taken()
    {
        var missing = Path.Combine(_folder.FullName, "missing");
        await using var worker = await RunningCommand.ConfigureAsync(
            RunningCommand.Of(["/bin/cat"], RunningCommand.BodyFile), new Dictionary<string, string> { ["TMPDIR"] = missing });

        Assert.Contains($"no folder for the files of {{body_file}} in {missing}", (await worker.NextAsync<UnusableFrame>()).Error, StringComparison.Ordinal);
        Assert.Equal(78, await worker.ExitAsync());
    }

    [Fact]
    [Trait("Case", "B6")]
    public async Task A_body_that_the_host_has_no_room_for_is_for_the_pool_to_judge()
    {
        await using var worker = await RunningCommand.ConfigureAsync(
            RunningCommand.Of(["/bin/cat"], RunningCommand.BodyFile), new Dictionary<string, string> { ["TMPDIR"] = _folder.FullName });
        await worker.NextAsync<ReadyFrame>();
        Assert.Equal("one", (await worker.RunBytesAsync("one"u8.ToArray())).OnlyBody());
        foreach (var bodies in _folder.EnumerateDirectories())
        {
            bodies.Delete(recursive: true);
        }

        var unusable = await worker.RunBytesAsync("two"u8.ToArray());

        Assert.Equal(TaskOutcome.Unusable, unusable.Outcome);
        Assert.Contains("a body of 3 bytes cannot be written to a file in", unusable.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_chain_of_processes_that_wait_for_one_another_ends_with_its_command()
    {
        // Each makes the next, waits for it, and has left the session; the last one says that the chain is complete.
        var complete = Path.Combine(_folder.FullName, "complete");
        var chain = $"use POSIX; close STDOUT; close STDERR; for (1..300) {{ setsid; defined(my $pid = fork) or exit 1; if ($pid) {{ waitpid $pid, 0; exit }} }} open(F, \">\", \"{complete}\"); close F; pause;";
        await using var worker = await RunningCommand.ShellAsync($"perl -e '{chain}' & until [ -e {complete} ]; do sleep 0.1; done; echo done");

        var result = await worker.RunBytesAsync([]);

        Assert.Equal("done\n", result.OnlyBody());
        Assert.Empty(worker.Lines(taskId: 1));
        Assert.Empty(ProcessFacts.ChildrenOf(worker.Pid));
    }

    private string Install(string name, byte[] content)
    {
        var path = Path.Combine(_folder.FullName, name);
        File.WriteAllBytes(path, content);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }
}
