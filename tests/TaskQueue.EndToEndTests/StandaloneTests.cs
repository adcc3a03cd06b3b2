using System.Globalization;
using System.Net;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Everything in one process, for users who have neither RabbitMQ nor root.</summary>
public sealed class StandaloneTests : IAsyncDisposable
{
    private readonly Machine _machine;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-standalone-");
    private readonly List<ServiceProcess> _started = [];
    private readonly string _listen = string.Create(CultureInfo.InvariantCulture, $"TASKQUEUE__BROKER__LISTEN=127.0.0.1:{FreePorts.Take(1)[0]}");

    public StandaloneTests(Machine machine)
    {
        _machine = machine;
        Installation.Copy(Path.Combine(Installation.ExamplePlugins, "echo"), Path.Combine(_folder.FullName, "plugins", "echo"));
        Installation.MakeReadable(_folder.FullName);
        Directory.CreateDirectory(Data);
        Shell.Run("chown", "nobody", Data);
    }

    private string Data => Path.Combine(_folder.FullName, "data");

    private string Config => Path.Combine(Data, "config.ini");

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _started)
        {
            await process.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task An_ordinary_user_gets_results_from_one_command_and_stops_it_in_order()
    {
        var everything = await StartAsync();

        Assert.Equal("echo hello", (await CommandAsync("send", "--wait", "echo", "hello")).Ok().Output.Trim());
        var status = await CommandAsync("status");
        Assert.Contains("worker_echo", status.Ok().Output, StringComparison.Ordinal);
        var doctor = (await CommandAsync("doctor")).Ok().Output;
        Assert.Contains("TaskQueue", doctor, StringComparison.Ordinal);
        Assert.DoesNotContain("warning", doctor, StringComparison.Ordinal);
        Assert.Equal(0, await everything.StopAsync());
        Assert.Equal(2, everything.Count("everything taken is settled"));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(Data, "password")));
    }

    [Fact]
    public async Task Answers_over_HTTP_where_it_has_an_address()
    {
        var port = FreePorts.Take(1)[0];
        var everything = Start(_machine.Installation.Standalone, "--web", string.Create(CultureInfo.InvariantCulture, $"127.0.0.1:{port}"));
        await everything.LoggedAsync("Serving echo");
        await everything.LoggedAsync("is ready");
        await everything.LoggedAsync(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}"));
        using var http = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/api/v1/")), Timeout = TimeSpan.FromMinutes(2) };
        using var task = new StringContent("echo hello");

        using var answer = await http.PostAsync("tasks/echo?wait=1m", task, TestContext.Current.CancellationToken);

        Assert.Equal(("echo hello", HttpStatusCode.OK), (await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), answer.StatusCode));
        await Eventually.TrueAsync(
            async () => (await http.GetStringAsync("workers", TestContext.Current.CancellationToken)).Contains("\"worker\":\"echo", StringComparison.Ordinal), () => "the workers");
        await Eventually.TrueAsync(
            async () =>
            {
                // 409 where the pool has not answered in time.
                using var paused = await http.PostAsync("types/echo/pause", content: null, TestContext.Current.CancellationToken);
                return paused.StatusCode == HttpStatusCode.OK;
            },
            () => "a pool that pauses");
        await Eventually.TrueAsync(
            async () => (await http.GetStringAsync("hosts", TestContext.Current.CancellationToken)).Contains("\"paused\":true", StringComparison.Ordinal), () => "a type that is paused");
        Assert.Equal(0, await everything.StopAsync());
    }

    [Fact]
    public async Task The_command_becomes_it()
    {
        // As publish.sh installs them: all in one folder.
        var programs = Path.Combine(_folder.FullName, "programs");
        Installation.Copy(Path.GetDirectoryName(_machine.Installation.Cli)!, programs);
        Installation.Copy(Path.GetDirectoryName(_machine.Installation.Standalone)!, programs);
        Installation.MakeReadable(programs);

        var everything = Start(Path.Combine(programs, "taskqueue"), "standalone");
        await everything.LoggedAsync("Serving echo");
        await everything.LoggedAsync("is ready");

        Assert.Equal("echo hello", (await CommandAsync("send", "--wait", "echo", "hello")).Ok().Output.Trim());
        Assert.EndsWith("taskqueue-standalone", File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{everything.Pid}/cmdline")).Split('\0')[0], StringComparison.Ordinal);
        Assert.Equal(0, await everything.StopAsync());
        Assert.Equal(2, everything.Count("everything taken is settled"));
    }

    [Fact]
    public async Task Of_results_that_nobody_reads_the_newest_are_kept()
    {
        var everything = Start("TASKQUEUE__TASKQUEUE__RESULTS_KEEP=5", _machine.Installation.Standalone);
        await everything.LoggedAsync("Serving echo");
        await everything.LoggedAsync("is ready");

        for (var number = 0; number < 12; number++)
        {
            (await CommandAsync("send", "echo", string.Create(CultureInfo.InvariantCulture, $"{number}"))).Ok();
        }

        (await CommandAsync("wait", "--timeout", "60s")).Ok();
        await Eventually.TrueAsync(
            async () => (await ShownAsync()).Contains("echo 11", StringComparison.Ordinal), () => "the last result");
        var shown = await ShownAsync();
        Assert.All(Enumerable.Range(7, 5), number => Assert.Contains($"echo {number}", shown, StringComparison.Ordinal));
        Assert.DoesNotContain("echo 6", shown, StringComparison.Ordinal);
        Assert.Equal(0, await everything.StopAsync());

        async Task<string> ShownAsync() => (await CommandAsync("results", "tail", "-n", "100", "--json")).Ok().Output;
    }

    [Fact]
    public async Task What_was_sent_is_there_after_a_crash()
    {
        var before = await StartAsync();
        for (var i = 0; i < 20; i++)
        {
            (await CommandAsync("send", "nobody-serves-this", string.Create(CultureInfo.InvariantCulture, $"{i}"))).Ok();
        }

        await before.LoggedAsync("waits for a pool");
        before.KillHard();
        await before.ExitAsync();

        await StartAsync();
        await Eventually.TrueAsync(
            async () => (await CommandAsync("status", "--json")).Json["queues"]!.AsArray().Where(queue => (string?)queue!["queue"] is "taskqueue.unroutable" or "taskqueue")
                .Sum(queue => (long?)queue!["ready"] ?? 0) == 20,
            () => "20 tasks that wait");
    }

    [Fact]
    public async Task A_second_one_is_told_who_has_the_database()
    {
        var first = await StartAsync();

        var second = Start();

        Assert.Equal(78, await second.ExitAsync());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{first.Pid}"), second.Log, StringComparison.Ordinal);
        Assert.Contains("The broker cannot start", second.Log, StringComparison.Ordinal);
    }

    private async Task<ServiceProcess> StartAsync()
    {
        var everything = Start();
        await everything.LoggedAsync("Dispatching");
        await everything.LoggedAsync("Serving echo");
        await everything.LoggedAsync("is ready");
        return everything;
    }

    private ServiceProcess Start() => Start(_machine.Installation.Standalone);

    private ServiceProcess Start(params string[] command)
    {
        var process = ServiceProcess.Start(
            "/usr/bin/setpriv", [
                "--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "/usr/bin/env", _listen, $"HOME={_folder.FullName}",
                .. command, "--data", Data, "--plugins", Path.Combine(_folder.FullName, "plugins"),
            ]);
        _started.Add(process);
        return process;
    }

    private Task<CommandRun> CommandAsync(params string[] arguments) => Task.Run(() =>
    {
        var (exitCode, output, error) = Shell.Try(
            "/usr/bin/setpriv", "", ["--reuid", "nobody", "--regid", "nogroup", "--clear-groups", "/usr/bin/env", _listen, _machine.Installation.Cli, .. arguments, "--config", Config]);
        return new CommandRun(exitCode, output, error);
    });
}
