using System.Diagnostics;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests;

public sealed class WorkerConversationTests
{
    [Theory]
    [InlineData("")]
    [InlineData("hello, is this a shell?\n")]
    public async Task Tells_who_starts_it_by_hand_what_to_do_instead(string input)
    {
        await using var worker = RunningWorker.Launch();

        await worker.WriteAsync(input);
        worker.CloseInput();

        Assert.Equal(64, await worker.ExitAsync());
        Assert.Contains("is started by taskqueue-workerpool", Assert.Single(worker.Errors.Split('\n', StringSplitOptions.RemoveEmptyEntries)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_when_the_pool_talks_nonsense()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker");

        await worker.WriteAsync("this is not a frame at all, whatever else it may be");

        Assert.Equal(70, await worker.ExitAsync());
        Assert.Contains("The pool does not speak the worker protocol", worker.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ends_when_the_pool_says_what_only_a_worker_says()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker");

        await worker.SendAsync(new ReadyFrame());

        Assert.Equal(70, await worker.ExitAsync());
        Assert.Contains("a Ready frame came where none was expected", worker.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--version", 0, "0.1.0")]
    [InlineData("--help", 0, "--version")]
    [InlineData("--nonsense", 64, "unknown argument \"--nonsense\"")]
    public async Task Answers_the_command_line(string argument, int exitCode, string text)
    {
        using var process = Process.Start(new ProcessStartInfo(Artifacts.Worker, [argument])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;

        var output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(exitCode, process.ExitCode);
        Assert.Contains(text, exitCode == 0 ? output : errors, StringComparison.Ordinal);
    }
}
