using System.Globalization;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;

namespace TaskQueue.EndToEndTests;

/// <summary>Plugins that do their worst hurt nobody but their own task.</summary>
public sealed class HostilePluginTests(Machine machine)
{
    private const string MessageId = "hostile";

    [Theory]
    [InlineData("exit", "3", "exited with code 3")]
    [InlineData("exit-kill", "", "was ended by SIGKILL")]
    [InlineData("exit-background", "", "thrown on a background thread")]
    [InlineData("exit-overflow", "", "Stack overflow")]
    [InlineData("eat-native", "300", "out of memory")]
    public async Task A_worker_that_dies_of_its_task_says_why_and_the_others_go_on(string workerType, string argument, string reason)
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = {workerType}, return\n\n[{workerType}]\nlimit_memory = 64M\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        await SendAsync(site, workerType, argument);

        await pool.LoggedAsync($"Task {MessageId} failed on {workerType}#1 (crash, attempt 1 of 5)");
        await pool.LoggedAsync(reason);
        var harmless = await site.SendAsync("return");
        Assert.Contains(harmless, await site.ResultsAsync(1));
        Assert.False(pool.HasExited);
    }

    [Fact]
    public async Task A_worker_that_does_not_end_when_it_is_to_be_replaced_is_ended()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = stop-hangs\n\n[stop-hangs]\nmax_tasks = 1\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        await site.SendAsync("stop-hangs");
        await site.SendAsync("stop-hangs");

        await site.ResultsAsync(2);
        await pool.LoggedAsync("has no task any more, and has not ended for 30 s");
    }

    [Fact]
    public async Task A_task_that_allocates_past_limit_memory_fails_and_says_so()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = eat\n\n[eat]\nlimit_memory = 64M\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        await SendAsync(site, "eat", "1000");
        await site.SendRawAsync("eat 1", new MessageProperties { ContentType = "text/plain", MessageId = "small" });

        var results = await site.ResultsAsync(2);
        Assert.Contains("limit_memory", results[MessageId].Error, StringComparison.Ordinal);
        Assert.Equal("success", results["small"].Outcome);
    }

    [Fact]
    public async Task A_worker_that_prints_100_MB_holds_nobody_up_and_fills_no_log()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = print, return\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        await SendAsync(site, "print", "1000000 100");
        await pool.LoggedAsync($"Task {MessageId} started");
        var harmless = await site.SendAsync("return");

        var results = await site.ResultsAsync(2);
        Assert.Equal("success", results[MessageId].Outcome);
        Assert.Equal("success", results[harmless].Outcome);
        Assert.True(pool.Log.Length < 50_000_000, $"The log has {pool.Log.Length} characters.");
        await pool.LoggedAsync("lines dropped: ");
    }

    [Fact]
    public async Task Output_of_native_code_and_child_processes_is_logged_and_never_mistaken_for_the_protocol()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = print-native\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);

        await SendAsync(site, "print-native", "");

        Assert.Equal("success", (await site.ResultsAsync(1))[MessageId].Outcome);
        await pool.LoggedAsync($"[print-native#1 {MessageId}] from libc");
        await pool.LoggedAsync("from a child");
        await pool.LoggedAsync("its input was empty");
    }

    [Fact]
    public async Task A_worker_that_never_becomes_ready_is_replaced_and_the_others_run()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = start-hangs, start-fails, return\nstart_timeout = 1s\n");

        var pool = await site.StartPoolAsync(ready: 1);

        await pool.LoggedAsync("it was not ready within start_timeout, 1 s", times: 2);
        await pool.LoggedAsync("the model file is missing");
        Assert.DoesNotMatch(@"Worker start-\w+#1 \(pid \d+\) is ready", pool.Log);
    }

    private static Task<string> SendAsync(Site site, string workerType, string argument) => site.SendRawAsync(
        string.Create(CultureInfo.InvariantCulture, $"{workerType} {argument}"), new MessageProperties { ContentType = "text/plain", MessageId = MessageId });
}
