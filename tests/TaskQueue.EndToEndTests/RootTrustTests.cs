using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>A pool that runs as root runs nothing that others could have put there, and hands on nothing that is only its own.</summary>
public sealed class RootTrustTests(Machine machine)
{
    private const UnixFileMode Everything = (UnixFileMode)0x1FF;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "C7")]
    public async Task Code_that_others_may_change_is_refused_with_one_error_until_that_is_mended()
    {
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, ["testplugins"]);
        var program = Path.Combine(site.Folder, "program.sh");
        await File.WriteAllTextAsync(program, "#!/bin/sh\nid -un\n", TestEnds);
        File.SetUnixFileMode(program, Everything);
        Shell.Run("chown", user.Name, program);
        File.SetUnixFileMode(site.PluginFolder, Everything);
        site.Configure($"workers = return, x, y\n\n[x]\ncommand = {program}\nmax_attempts = 1\n\n[y]\ncommand = /bin/cat\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var (checkCode, _, checkErrors) = Shell.Try(machine.Installation.WorkerPool, "", "--config", site.ConfigFile, "--check");

        foreach (var log in (string[])[pool.Log, checkErrors])
        {
            Assert.Contains($"{site.PluginFolder} (owner \"root\", mode 0777) can be changed by others than root; chown root: {site.PluginFolder} && chmod go-w {site.PluginFolder}. It leads to code of [return]", log, StringComparison.Ordinal);
            Assert.Contains($"{program} (owner \"{user.Name}\", mode 0777) can be changed by others than root; chown root: {program} && chmod go-w {program}. It leads to code of [x]", log, StringComparison.Ordinal);
        }

        Assert.Equal(78, checkCode);
        Assert.Equal(2, pool.Count("error "));
        var ordinary = await site.SendAsync("y");
        Assert.Contains(ordinary, await site.ResultsAsync(1));

        // What a user may change may run as that user.
        File.SetUnixFileMode(program, Everything & ~(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        File.SetUnixFileMode(site.PluginFolder, Everything & ~(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        site.Configure($"workers = return, x, y\n\n[x]\ncommand = {program}\nuser = {user.Name}\n\n[y]\ncommand = /bin/cat\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded");

        var (theirs, ours) = (await site.SendAsync("x"), await site.SendAsync("return"));
        var results = await site.ResultsAsync(2);
        Assert.Equal($"{user.Name}\n", results[theirs].Text);
        Assert.Contains(ours, results);
    }

    [Fact]
    [Trait("Case", "C7")]
    public async Task A_configuration_that_others_may_change_is_no_configuration_of_root()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        File.SetUnixFileMode(site.ConfigFile, Everything);

        foreach (var executable in (string[])[machine.Installation.WorkerPool, machine.Installation.Dispatcher])
        {
            var (exitCode, _, errors) = Shell.Try(executable, "", "--config", site.ConfigFile);
            Assert.Equal(78, exitCode);
            Assert.Contains($"{site.ConfigFile} (owner \"root\", mode 0777) can be changed by others than root; chown root: {site.ConfigFile} && chmod go-w", errors, StringComparison.Ordinal);
        }

        var (checkCode, _, checkErrors) = Shell.Try(machine.Installation.Cli, "", "config", "check", "--config", site.ConfigFile);
        Assert.Equal(78, checkCode);
        Assert.Contains("can be changed by others than root", checkErrors, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "C7")]
    public async Task Without_worker_user_only_sections_that_name_a_user_run()
    {
        await using var site = await Site.SetUpAsync(
            machine, ["testplugins"], "; worker_user is not set\nworkers = return, x, y\n\n[x]\ncommand = /usr/bin/id -un\n\n[y]\ncommand = /usr/bin/id -un\nuser = root\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        Assert.Equal(1, pool.Count("error "));
        Assert.Equal(1, pool.Count("[x], [return]: nothing says as whom to run, and this pool runs as root"));
        var root = await site.SendAsync("y");
        Assert.Equal("root\n", (await site.ResultsAsync(1))[root].Text);

        site.Configure("worker_user = nobody\nworkers = return, x, y\n\n[x]\ncommand = /usr/bin/id -un\n\n[y]\ncommand = /usr/bin/id -un\nuser = root\n");
        pool.Signal("HUP");
        await pool.LoggedAsync("Reloaded");
        var nobody = await site.SendAsync("x");
        Assert.Equal("nobody\n", (await site.ResultsAsync(1))[nobody].Text);
    }

    [Fact]
    [Trait("Case", "C6")]
    public async Task Pipes_and_loops_in_the_plugin_folder_hold_up_nobody()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins", "echo"]);
        Shell.Run("mkfifo", Path.Combine(site.PluginFolder, "pipe.dll"), Path.Combine(site.PluginFolder, "linked"));
        File.CreateSymbolicLink(Path.Combine(site.PluginFolder, "linked.dll"), "linked");
        File.CreateSymbolicLink(Path.Combine(site.PluginFolder, "loop.dll"), "loop.dll");
        File.CreateSymbolicLink(Path.Combine(site.PluginFolder, "testplugins", "below"), "..");
        File.CreateSymbolicLink(Path.Combine(site.PluginFolder, "testplugins", "again"), "..");
        File.Delete(Path.Combine(site.PluginFolder, "echo", "echo.deps.json"));
        Shell.Run("mkfifo", Path.Combine(site.PluginFolder, "echo", "echo.deps.json"));
        site.Configure("workers = return\n");

        var (exitCode, _, errors) = Shell.Try("timeout", "", "60", machine.Installation.WorkerPool, "--config", site.ConfigFile, "--check");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var id = await site.SendAsync("return");
        var results = await site.ResultsAsync(1);

        Assert.Equal(78, exitCode);
        Assert.Contains("pipe.dll is a named pipe; expected a regular file", errors, StringComparison.Ordinal);
        Assert.Contains("linked.dll is a named pipe; expected a regular file", errors, StringComparison.Ordinal);
        Assert.Contains("loop.dll: Too many levels of symbolic links", errors, StringComparison.Ordinal);
        Assert.Contains("echo.deps.json is a named pipe; expected a regular file", errors, StringComparison.Ordinal);
        Assert.Contains(id, results);
        Assert.Equal(0, await pool.StopAsync());
    }

    [Fact]
    [Trait("Case", "C8")]
    public async Task A_program_that_is_half_installed_pauses_its_type_and_its_task_is_done_when_it_is_complete()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        var program = Path.Combine(site.Folder, "program");
        await File.WriteAllBytesAsync(program, [], TestEnds);
        File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        site.Configure($"[x]\ncommand = {program}\nmax_attempts = 1\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        var id = await site.SendAsync("x");

        await pool.LoggedAsync($"the command cannot be executed: {program} is neither a program for this machine");
        await site.WaitsAsync(site.Queues.Worker("x"), 1);
        Assert.Equal(1, pool.Count("error "));
        await File.WriteAllTextAsync(program, "#!/bin/sh\necho \"attempt $TASKQUEUE_ATTEMPT\"\n", TestEnds);
        pool.Signal("HUP");
        Assert.Equal("attempt 1\n", (await site.ResultsAsync(1))[id].Text);
    }

    [Fact]
    [Trait("Case", "B6")]
    public async Task Tasks_wait_uncounted_while_there_is_no_room_for_their_bodies()
    {
        await using var site = await Site.SetUpAsync(machine, []);
        var folder = Path.Combine(site.Folder, "small");
        Directory.CreateDirectory(folder);
        Assert.SkipWhen(Shell.Try("mount", "", "-t", "tmpfs", "-o", "size=64k", "none", folder).ExitCode != 0, "Needs the right to mount a file system.");
        try
        {
            var filler = Path.Combine(folder, "filler");
            site.Configure($"[x]\ncommand = /usr/bin/wc -c {{body_file}}\nenv_TMPDIR = {folder}\nmax_attempts = 1\n");
            await site.StartDispatcherAsync();
            var pool = await site.StartPoolAsync(ready: 1);
            Shell.Try("dd", "", "if=/dev/zero", $"of={filler}", "bs=1k", "count=64");

            var waits = await site.SendAsync("x");
            await pool.LoggedAsync("cannot be written to a file in");
            Assert.Equal(1, pool.Count("error "));

            File.Delete(filler);
            pool.Signal("HUP");
            Assert.Equal("success", (await site.ResultsAsync(1))[waits].Outcome);
            var tooLarge = await site.SendAsync("x", new() { ["filler"] = new string('x', 100_000) });
            Assert.Equal("permanent", (await site.ResultsAsync(1))[tooLarge].Outcome);
            Assert.Equal(0, await pool.StopAsync());
        }
        finally
        {
            Shell.Run("umount", "--lazy", folder);
        }
    }

    [Fact]
    [Trait("Case", "C9")]
    public async Task What_was_open_when_the_pool_was_started_reaches_neither_workers_nor_commands()
    {
        await using var site = await Site.SetUpAsync(machine, [], "[x]\ncommand = /bin/ls -l /proc/self/fd\n");
        await site.StartDispatcherAsync();
        var secret = Path.Combine(site.Folder, "secret");
        await File.WriteAllTextAsync(secret, "", TestEnds);

        var pool = site.Start("/bin/sh", "-c", $"exec 7<{secret}; exec \"$0\" \"$@\"", machine.Installation.WorkerPool, "--config", site.ConfigFile);
        await pool.LoggedAsync("Serving");
        var id = await site.SendAsync("x");
        var listing = (await site.ResultsAsync(1))[id].Text;

        Assert.DoesNotContain(secret, listing, StringComparison.Ordinal);
        var worker = Assert.Single(ProcessFacts.WorkersOf(pool.Pid));
        Assert.DoesNotContain(secret, Shell.Run("ls", "-l", $"/proc/{worker}/fd"), StringComparison.Ordinal);
        Assert.Contains(secret, Shell.Run("ls", "-l", $"/proc/{pool.Pid}/fd"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "C4")]
    public async Task A_command_cannot_take_the_pipe_of_its_worker_unless_diagnostics_are_asked_for()
    {
        // pidfd_open(2) and pidfd_getfd(2), for which Python has no names.
        const string Thief = """
            import ctypes, os
            libc, worker = ctypes.CDLL(None), os.getppid()
            print(open(f"/proc/{worker}/cmdline").read().rstrip("\0").rsplit("/", 1)[1], any(libc.syscall(438, libc.syscall(434, worker, 0), fd, 0) >= 0 for fd in range(3, 100)))
            """;
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, []);
        var program = Path.Combine(site.Folder, "thief.py");
        await File.WriteAllTextAsync(program, $"#!/usr/bin/python3\n{Thief}\n", TestEnds);
        File.SetUnixFileMode(program, Everything & ~(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        site.Configure($"worker_user = {user.Name}\n\n[x]\ncommand = {program}\n\n[y]\ncommand = {program}\ndiagnostics = yes\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        var (kept, open) = (await site.SendAsync("x"), await site.SendAsync("y"));
        var results = await site.ResultsAsync(2);

        Assert.Equal("taskqueue-worker False\n", results[kept].Text);
        Assert.Equal("taskqueue-worker True\n", results[open].Text);
        var sockets = Directory.EnumerateFiles("/tmp", "dotnet-diagnostic-*").Select(Path.GetFileName).ToList();
        Assert.Single(ProcessFacts.WorkersOf(pool.Pid), worker => sockets.Exists(socket => socket!.StartsWith($"dotnet-diagnostic-{worker}-", StringComparison.Ordinal)));
    }
}
