using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;

namespace TaskQueue.EndToEndTests;

/// <summary>Tasks that a pool holds ahead, when one of them takes long.</summary>
public sealed class FairnessTests(Machine machine)
{
    private const int Short = 300;

    // It does not end by itself, however long the machine takes for the short ones.
    private const string Long = "sleep 3600";

    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Theory]
    [InlineData("workers = 1", 2)]
    [InlineData("workers = 2", 4)]
    [InlineData("workers = 1\nprefetch = 100", 2)]
    public async Task No_task_waits_behind_a_long_one_while_a_worker_idles_elsewhere(string workers, int places)
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = sleep\n[sleep]\n{workers}\n");
        await site.StartDispatcherAsync();
        foreach (var ready in (int[])[places / 2, places / 2])
        {
            await site.StartPoolAsync(ready);
        }

        // Both pools learn that tasks are short, so that they hold many.
        await SendAsync(site, Short);
        Assert.Equal(Short, (await site.ResultsAsync(Short)).Count);

        // One worker less than there are gets a long one, in the midst of the short ones.
        List<string> longs = [];
        for (var i = 0; i < places - 1; i++)
        {
            await SendAsync(site, Short / places);
            longs.Add(await site.SendRawAsync(Long, Text));
        }

        await SendAsync(site, Short / places);
        var done = await site.ResultsAsync(Short / places * places);

        Assert.Equal(Short / places * places, done.Count);
        await EndAsync(site, longs);
    }

    [Fact]
    public async Task Processes_that_slept_while_tasks_were_short_run_what_waits_behind_long_ones()
    {
        const int Workers = 12;
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = sleep\n[sleep]\nworkers = {Workers}\n");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(Workers);

        // So short that a few processes do them all.
        await SendAsync(site, Short, seconds: 0);
        Assert.Equal(Short, (await site.ResultsAsync(Short)).Count);
        var longs = await Task.WhenAll(Enumerable.Range(0, Workers - 1).Select(_ => site.SendRawAsync(Long, Text)));
        await SendAsync(site, Short, seconds: 0);

        Assert.Equal(Short, (await site.ResultsAsync(Short)).Count);
        await EndAsync(site, longs);
    }

    /// <summary>Asserts that tasks run, all at once, and ends them.</summary>
    private async Task EndAsync(Site site, IReadOnlyCollection<string> tasks)
    {
        await CommandRun.UntilAsync(
            machine,
            site,
            run => tasks.Order(StringComparer.Ordinal).SequenceEqual(
                run.Json["tasks"]!.AsArray().Where(task => (bool)task!["running"]!).Select(task => (string)task!["id"]!).Order(StringComparer.Ordinal)),
            "running",
            "--json");
        CommandRun.Of(machine, site, ["cancel", .. tasks]).Ok();
        var results = await site.ResultsAsync(tasks.Count);
        Assert.Equal(tasks.Order(StringComparer.Ordinal), results.Keys.Order(StringComparer.Ordinal));
        Assert.All(results.Values, result => Assert.Equal("cancelled", result.Outcome));
    }

    private static async Task SendAsync(Site site, int count, double seconds = 0.001) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => site.SendRawAsync(FormattableString.Invariant($"sleep {seconds}"), Text)));
}
