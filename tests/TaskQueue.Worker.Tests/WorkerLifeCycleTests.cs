using System.Diagnostics;
using System.Globalization;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests;

public sealed class WorkerLifeCycleTests
{
    [Theory]
    [InlineData("StartFailsWorker", "its start callback failed: System.InvalidOperationException: the model file is missing")]
    [InlineData("StartConstructorFailsWorker", "the constructor of TaskQueue.TestPlugins.StartConstructorFailsWorker failed: System.InvalidOperationException: thrown by the constructor")]
    [InlineData("AcceptNonsenseWorker", "Accept holds \"png\"; expected a content type")]
    [InlineData("NoSuchWorker", "class TaskQueue.TestPlugins.NoSuchWorker cannot be loaded")]
    [InlineData("CsvWorkItemFormat", "is not a TaskQueue.BaseWorker")]
    public async Task Tells_why_a_plugin_is_unusable_and_exits_with_78(string className, string error)
    {
        await using var worker = await RunningWorker.ConfigureAsync(className);

        var unusable = await worker.NextAsync<UnusableFrame>();

        Assert.StartsWith(Artifacts.TestPlugins, unusable.Error, StringComparison.Ordinal);
        Assert.Contains(error, unusable.Error, StringComparison.Ordinal);
        Assert.Equal(78, await worker.ExitAsync());
    }

    [Fact]
    public async Task Tells_that_a_plugin_is_missing_its_dependency()
    {
        var folder = Directory.CreateTempSubdirectory("taskqueue-");
        try
        {
            foreach (var file in Directory.EnumerateFiles(Path.GetDirectoryName(Artifacts.ExamplePlugin("markdown"))!))
            {
                if (Path.GetFileName(file) is "markdown.dll")
                {
                    File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
                }
            }

            await using var worker = await RunningWorker.ConfigureAsync("markdown", frame => frame with
            {
                Plugin = new PluginClass(Path.Combine(folder.FullName, "markdown.dll"), "TaskQueue.Plugins.Markdown.MarkdownWorker"),
            });
            var unusable = await worker.NextAsync<UnusableFrame>();

            Assert.Contains("Markdig", unusable.Error, StringComparison.Ordinal);
            Assert.Equal(78, await worker.ExitAsync());
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Refuses_a_pool_of_another_version()
    {
        await using var worker = await RunningWorker.ConfigureAsync("ReturnWorker", frame => frame with { Version = Frame.ProtocolVersion + 1 });

        Assert.Contains("restart the pool", (await worker.NextAsync<UnusableFrame>()).Error, StringComparison.Ordinal);
        Assert.Equal(78, await worker.ExitAsync());
    }

    [Fact]
    public async Task Finishes_what_runs_and_calls_the_stop_callback_when_asked_to_stop()
    {
        await using var worker = await RunningWorker.StartAsync("StopWorker");

        var task = await worker.SendTaskAsync("0.5");
        await worker.LogAsync("working");
        await worker.SendAsync(new StopFrame());
        var tooLate = await worker.SendTaskAsync();

        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal(TaskOutcome.Success, Assert.Single(worker.Seen.OfType<ResultFrame>()).Outcome);
        Assert.Equal(["working", "task done"], worker.Lines(task));
        Assert.Empty(worker.Lines(tooLate));
        Assert.Equal("stopped", ((LogFrame)worker.Seen[^1]).Message);
    }

    [Theory]
    [InlineData("SIGTERM")]
    [InlineData("SIGINT")]
    public async Task Finishes_what_runs_when_the_whole_process_group_is_signalled(string signal)
    {
        await using var worker = await RunningWorker.StartAsync("StopWorker");

        var task = await worker.SendTaskAsync("0.5");
        await worker.LogAsync("working");
        await SignalAsync(worker, signal);

        Assert.Equal(TaskOutcome.Success, (await worker.ResultAsync(task)).Outcome);
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal("stopped", worker.Lines(0).Last());
    }

    [Fact]
    public async Task Goes_on_when_the_terminal_hangs_up()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker");

        await SignalAsync(worker, "SIGHUP");

        Assert.Equal("x", (await worker.RunAsync("x")).Answer());
    }

    [Fact]
    public async Task Stops_while_its_plugin_is_still_starting()
    {
        await using var worker = await RunningWorker.ConfigureAsync("StartHangsWorker");
        await worker.LogAsync("starting for ever");

        await worker.SendAsync(new StopFrame());

        Assert.Equal(0, await worker.ExitAsync());
    }

    [Fact]
    public async Task Stops_although_the_stop_callback_fails()
    {
        await using var worker = await RunningWorker.StartAsync("StopFailsWorker");

        await worker.SendAsync(new StopFrame());

        Assert.Equal(0, await worker.ExitAsync());
        Assert.Contains(worker.Lines(0), line => line.Contains("The stop callback failed: System.InvalidOperationException: cannot close", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Cancels_and_stops_although_callbacks_of_the_tokens_fail()
    {
        await using var worker = await RunningWorker.StartAsync("CancelFailsWorker");

        var task = await worker.SendTaskAsync();
        await worker.LogAsync("waiting");
        await worker.SendAsync(new CancelFrame(task));
        await worker.SendAsync(new StopFrame());

        Assert.Equal(TaskOutcome.Cancelled, (await worker.ResultAsync(task)).Outcome);
        Assert.Equal(0, await worker.ExitAsync());
        Assert.Equal("stopped", worker.Lines(0).Last());
        Assert.Contains(worker.Lines(0), line => line.Contains("cannot be stopped", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Is_gone_when_the_pool_does_not_listen_any_more()
    {
        await using var worker = await RunningWorker.StartAsync("PrintWorker");

        worker.CloseOutput();
        await worker.SendTaskAsync("1000000");

        Assert.Equal(70, await worker.ExitAsync());
    }

    [Fact]
    public async Task Stops_although_an_exit_handler_hangs()
    {
        await using var worker = await RunningWorker.StartAsync("ExitHangWorker");

        await worker.SendAsync(new StopFrame());

        Assert.Equal(0, await worker.ExitAsync());
    }

    [Theory]
    [InlineData("SleepWorker")]
    [InlineData("SleepStubbornWorker")]
    [InlineData("ExitHangWorker")]
    public async Task Is_gone_within_a_second_of_its_pool(string className)
    {
        await using var worker = await RunningWorker.StartAsync(className);
        await worker.SendTaskAsync("600");

        var started = TimeProvider.System.GetTimestamp();
        worker.CloseInput();
        await worker.ExitAsync();

        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Is_gone_with_its_pool_although_its_plugin_is_still_starting()
    {
        await using var worker = await RunningWorker.ConfigureAsync("StartHangsWorker");
        await worker.LogAsync("starting for ever");

        worker.CloseInput();

        Assert.Equal(70, await worker.ExitAsync());
    }

    [Fact]
    public async Task Calls_the_idle_callback_once_for_each_idle_time()
    {
        await using var worker = await RunningWorker.StartAsync("IdleWorker", frame => frame with { IdleTimeout = TimeSpan.FromSeconds(0.1) });

        await worker.LogAsync("idle 1");
        var first = await worker.RunAsync();
        await worker.LogAsync("idle 2");
        var second = await worker.RunAsync();

        Assert.Equal("1", first.Answer());
        Assert.Equal("2", second.Answer());
    }

    [Fact]
    public async Task Never_runs_a_task_beside_the_idle_callback()
    {
        var gate = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await using var worker = await RunningWorker.StartAsync("IdleSlowWorker", frame => frame with
        {
            IdleTimeout = TimeSpan.FromSeconds(0.1),
            Settings = new Dictionary<string, string> { ["gate"] = gate },
        });
        try
        {
            await worker.LogAsync("idle begins");
            var task = await worker.SendTaskAsync();
            await File.WriteAllTextAsync(gate, "", TestContext.Current.CancellationToken);
            await worker.ResultAsync(task);

            Assert.Equal(["idle begins", "idle ends", "handling"], worker.Seen.OfType<LogFrame>().Select(log => log.Message));
        }
        finally
        {
            File.Delete(gate);
        }
    }

    [Fact]
    public async Task Fails_a_task_that_runs_out_of_memory_and_makes_room_for_a_fresh_process()
    {
        await using var worker = await RunningWorker.StartAsync(
            "EatWorker", environment: new Dictionary<string, string> { ["DOTNET_GCHeapHardLimit"] = "0x4000000" });

        var small = await worker.RunAsync("10");
        var large = await worker.RunAsync("1000");

        Assert.Equal("10", small.Answer());
        Assert.Equal(TaskOutcome.UnknownFailure, large.Outcome);
        Assert.Equal("System.OutOfMemoryException", large.ErrorType);
        Assert.Contains("ran out of memory: it may use 67108864 bytes. Give this worker type a higher limit_memory", large.Error, StringComparison.Ordinal);
        Assert.Contains($"Error: {large.Error}", large.OnlyBody(), StringComparison.Ordinal);
        Assert.Equal(70, await worker.ExitAsync());
        Assert.Contains("Ran out of memory; a fresh process takes over.", worker.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ExitWorker", "3", 3, "")]
    [InlineData("ExitKillWorker", "", 137, "")]
    [InlineData("ExitBackgroundWorker", "", 134, "System.InvalidOperationException: thrown on a background thread")]
    [InlineData("ExitOverflowWorker", "", 134, "Stack overflow")]
    public async Task Dies_of_what_a_plugin_does_to_its_process(string className, string argument, int exitCode, string lastWords)
    {
        await using var worker = await RunningWorker.StartAsync(className);

        await worker.SendTaskAsync(argument);

        Assert.Equal(exitCode, await worker.ExitAsync());
        Assert.Empty(worker.Seen.OfType<ResultFrame>());
        Assert.Contains(lastWords, worker.Errors, StringComparison.Ordinal);
    }

    private static async Task SignalAsync(RunningWorker worker, string signal)
    {
        using var kill = Process.Start("/bin/sh", ["-c", $"kill -s {signal["SIG".Length..]} {worker.Pid.ToString(CultureInfo.InvariantCulture)}"]);
        await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
    }
}
