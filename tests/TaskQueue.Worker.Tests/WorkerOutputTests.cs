using Microsoft.Extensions.Logging;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests;

public sealed class WorkerOutputTests
{
    [Fact]
    public async Task Sends_what_is_printed_as_lines_of_the_task_that_printed_them()
    {
        await using var worker = await RunningWorker.StartAsync("PrintWorker");

        var task = await worker.SendTaskAsync("2 3");
        await worker.ResultAsync(task);

        Assert.Equal(["xxx", "xxx", "no line end"], worker.Lines(task, LogLevel.Information));
        Assert.Equal(["an error line"], worker.Lines(task, LogLevel.Warning));
        Assert.Equal(["printed while starting"], worker.Lines(0));
        Assert.IsType<ResultFrame>(worker.Seen[^1]);
    }

    [Fact]
    public async Task Sends_a_line_without_an_end_before_it_exits()
    {
        await using var worker = await RunningWorker.StartAsync("PrintWorker");

        await worker.SendAsync(new StopFrame());

        Assert.Equal(0, await worker.ExitAsync());
        Assert.Contains("printed as an error while starting, without an end", worker.Lines(0));
    }

    [Fact]
    public async Task Cuts_long_lines()
    {
        await using var worker = await RunningWorker.StartAsync("PrintWorker");

        var task = await worker.SendTaskAsync("1 1000000");
        await worker.ResultAsync(task);

        var line = worker.Lines(task).First();
        Assert.EndsWith("xxx [cut]", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 8 * 1024, (8 * 1024) + 10);
    }

    [Fact]
    public async Task Survives_a_plugin_that_prints_without_end()
    {
        await using var worker = await RunningWorker.StartAsync("PrintWorker");
        var before = PeakMemory(worker.Pid);

        var task = await worker.SendTaskAsync("1000000 100");
        var result = await worker.ResultAsync(task);

        Assert.Equal(TaskOutcome.Success, result.Outcome);
        Assert.Equal(1_000_002, worker.Lines(task).Count());
        Assert.InRange(PeakMemory(worker.Pid) - before, 0, 50 * 1024 * 1024);
    }

    [Fact]
    public async Task Sends_what_is_printed_past_the_console_to_standard_error()
    {
        await using var worker = await RunningWorker.StartAsync("PrintNativeWorker");

        await worker.RunAsync();
        await worker.SendAsync(new StopFrame());
        await worker.ExitAsync();

        Assert.Equal(["from libc", "from the raw stream", "from a child", "its input was empty"], worker.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public async Task Sends_log_entries_line_by_line_with_their_level()
    {
        await using var worker = await RunningWorker.StartAsync("PrintLogWorker");

        var task = await worker.SendTaskAsync();
        await worker.ResultAsync(task);

        Assert.Equal(["log: a detail"], worker.Lines(task, LogLevel.Debug));
        Assert.Equal(["log: two", "lines"], worker.Lines(task, LogLevel.Warning));
        var errors = worker.Lines(task, LogLevel.Error).ToList();
        Assert.Equal(["log: it failed", "System.InvalidOperationException: logged, not thrown"], errors[..2]);
        Assert.StartsWith("   at TaskQueue.TestPlugins.PrintLogWorker.HandleTask", errors[2], StringComparison.Ordinal);
        Assert.Equal(["log: started", "log: of no task"], worker.Lines(0, LogLevel.Information));
    }

    private static long PeakMemory(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture);
    }
}
