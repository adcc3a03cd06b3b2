using System.Diagnostics;
using System.Text;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Whatever a worker process writes into its pipe ends that process at most, and its pool goes on.</summary>
public sealed class HostileWorkerTests(Machine machine)
{
    // Each is the argument of a task for a worker type of its own, and a breach of the protocol.
    private static readonly string[] Breaches =
    [
        "length -1", "length 2147483647", "stuff", "huge", "configure", "task", "stop", "ready", "unusable", "foreign", "outcome",
        "parts 20000", "key 300", "type 300", "error 100000", "line 10000000",

        // The last: it takes the time in which a frame has to arrive.
        "half 8000000",
    ];

    // What stays of more than a hundred megabytes: the code that is compiled when it first runs, and what the runtime keeps about it.
    private const long MostCompiled = 40 * 1024 * 1024;

    private static readonly MessageProperties Text = new() { ContentType = "text/plain" };

    [Fact]
    [Trait("Case", "C1")]
    [Trait("Case", "C2")]
    [Trait("Case", "C3")]
    public async Task Forged_frames_end_their_worker_and_nothing_else()
    {
        string[] types = [.. Breaches.Select((_, i) => $"h{i}"), "twice", "duration", "lines", "reports", "progress", "large"];
        var sections = new StringBuilder();
        foreach (var type in types)
        {
            sections.AppendLine($"[{type}]\nplugin = hostile\non_crash = bury\nreport_failures = no\nmax_result = 1M");
        }

        // Three, for it is given to one after the other.
        sections.AppendLine("[closing]\nplugin = hostile\nworkers = 3\nprefetch = 1\non_crash = bury\nreport_failures = no");
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], $"workers = return, closing, {string.Join(", ", types)}\n{sections}");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: types.Length + 4);
        await site.SendRawAsync("return", Text);
        await site.ResultsAsync(1);
        var idle = ProcessFacts.ProportionalBytes(pool.Pid);

        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Breaches.Length; i++)
        {
            await site.SendRawAsync($"h{i} {Breaches[i]}", Text);
        }

        await site.SendRawAsync("closing closing 0", Text);
        await site.SendRawAsync("twice twice", Text);
        for (var i = 0; i < 3; i++)
        {
            await site.SendRawAsync("duration duration", Text);
        }

        var floods = new List<string> { await site.SendRawAsync("lines lines 5000", Text), await site.SendRawAsync("reports reports 30000", Text) };
        var progress = await site.SendRawAsync("progress progress", Text);
        var large = await site.SendRawAsync("large large 2000000", Text);
        var ordinary = new List<string>();
        for (var i = 0; i < 50; i++)
        {
            ordinary.Add(await site.SendRawAsync("return", Text));
        }

        var closing = (await site.TakeAsync(site.Queues.Buried("closing"), 1)).Single().Value;
        Assert.Contains("it says that it has not read task", closing.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        await pool.LoggedAsync("it says that it closes for the second time", times: 2);

        // Those that broke the protocol: each process was ended, its task charged with that.
        for (var i = 0; i < Breaches.Length; i++)
        {
            var buried = (await site.TakeAsync(site.Queues.Buried($"h{i}"), 1)).Single().Value;
            Assert.Equal("crash", buried.Properties.HeaderText(HeaderNames.Reason));
            Assert.Contains("does not speak the worker protocol", buried.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        }

        await pool.LoggedAsync("Worker twice#1 was ended by SIGKILL (it does not speak the worker protocol");
        await pool.LoggedAsync("Worker duration#1 was ended by SIGKILL (it does not speak the worker protocol");

        // Those that did not.
        var running = await CommandRun.UntilAsync(machine, site, run => run.Output.Contains(progress, StringComparison.Ordinal), "running");
        Assert.Equal(0, running.ExitCode);
        var tooLarge = (await site.TakeAsync(site.Queues.Buried("large"), 1)).Single();
        Assert.Equal(large, tooLarge.Key);
        Assert.Contains("max_result, 1048576 bytes", tooLarge.Value.Properties.HeaderText(HeaderNames.Error), StringComparison.Ordinal);
        var results = await site.ResultsAsync(ordinary.Count + floods.Count);
        Assert.All([.. ordinary, .. floods], id => Assert.Equal("success", results[id].Outcome));

        // The pool is as it was.
        Assert.False(pool.HasExited);
        // Two floods of more than a hundred megabytes: what each may log in a second, for as long as this took, and what is said of all else.
        var most = 4_000_000 + (600_000 * (long)Stopwatch.GetElapsedTime(began).TotalSeconds);
        Assert.InRange(pool.Log.Length, 0, most);
        var memory = 0L;
        await Eventually.TrueAsync(
            () => (memory = ProcessFacts.ProportionalBytes(pool.Pid)) < idle + MostCompiled,
            () => $"memory below {idle} and {MostCompiled}; it is {memory}",
            TimeSpan.FromSeconds(90));
    }
}
