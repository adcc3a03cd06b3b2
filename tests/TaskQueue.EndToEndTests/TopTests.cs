using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What fills a terminal, in one: it fits, follows its size, does what keys say, and gives it back.</summary>
public sealed class TopTests(Machine machine)
{
    [Fact]
    public async Task Top_fits_every_size_acts_when_that_is_confirmed_and_gives_the_terminal_back()
    {
        await using var site = await Site.SetUpAsync(machine, ["testplugins"], "workers = sleep, poem\n[poem]\nplugin = start-fails\n[sleep]\nworkers = 1\n");
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await dispatcher.LoggedAsync("Answering what is asked");
        await pool.LoggedAsync("Answering what is asked");
        var id = await site.SendRawAsync("sleep 300", new MessageProperties { ContentType = "text/plain" });
        using var terminal = new Tmux(80, 24, machine.Installation.Cli, "top", "poem", "sleep", "--interval", "500ms", "--config", site.ConfigFile);

        var small = await terminal.ShowsAsync("running task", lines => lines.Any(line => line.StartsWith(" sleep  busy ", StringComparison.Ordinal)));
        Assert.Equal(24, small.Count);
        Assert.StartsWith("taskqueue  ", small[0], StringComparison.Ordinal);
        Assert.Contains("poem does not start: its start callback failed", small[1], StringComparison.Ordinal);
        Assert.StartsWith(" TYPE▲  STATE", small[3], StringComparison.Ordinal);
        Assert.EndsWith("BURIED", small[3], StringComparison.Ordinal);
        Assert.StartsWith("q quit  ? help", small[23], StringComparison.Ordinal);

        foreach (var (width, height) in ((int, int)[])[(120, 40), (40, 10), (80, 24)])
        {
            terminal.Resize(width, height);
            await terminal.ShowsAsync($"screen of {width}x{height}", lines => lines.Count == height
                && lines[0].StartsWith("taskqueue  ", StringComparison.Ordinal)
                && lines[^1].StartsWith("q quit", StringComparison.Ordinal)
                && lines.Any(line => line.StartsWith(" TYPE▲", StringComparison.Ordinal) && line.EndsWith("BURIED", StringComparison.Ordinal) == width > 40));
        }

        // A look that a busy pool does not answer in time has no task.
        terminal.Press("2");
        await terminal.PressUntilAsync("c", "question", lines => lines[^1] == $"cancel? [y/N] taskqueue cancel {id}");
        terminal.Press("y");
        Assert.Equal("cancelled", (await site.ResultsAsync(1))[id].Outcome);

        terminal.Press("1", "/", "s", "l", "e", "Enter");
        await terminal.ShowsAsync("filtered view", lines => lines.Any(line => line.EndsWith("  /sle", StringComparison.Ordinal)) && lines.Any(line => line.StartsWith(">sleep", StringComparison.Ordinal)));
        terminal.Press("p", "y");
        await terminal.ShowsAsync("outcome", lines => lines[^1] == $"pause: {Environment.MachineName}: paused; 0 tasks still run");
        await terminal.ShowsAsync("paused type", lines => lines.Any(line => line.StartsWith(">sleep  paused", StringComparison.Ordinal)));

        terminal.Press("q");
        await terminal.ShowsAsync("end", lines => lines is ["before", "exit code 0", ..]);
        Assert.True(terminal.IsAsBefore);
    }

    [Fact]
    public async Task It_waits_for_a_broker_that_is_away_and_ends_without_it()
    {
        await using var broker = await PrivateBroker.StartAsync();
        await using var site = await Site.SetUpAsync(machine, [], "", broker);
        using var terminal = new Tmux(80, 24, machine.Installation.Cli, "top", "--interval", "100ms", "--config", site.ConfigFile);
        await terminal.ShowsAsync("first look", lines => lines[0].Contains(" 0 dispatchers", StringComparison.Ordinal));

        broker.Kill();
        await terminal.ShowsAsync("age of the latest look", lines => lines[0].Contains("  no answer for ", StringComparison.Ordinal));
        await broker.StartAgainAsync();
        await site.StartDispatcherAsync();
        await terminal.ShowsAsync("look at what came back", lines => lines[0].Contains(" 1 dispatcher", StringComparison.Ordinal));

        // That the connection ended is told behind it.
        broker.Kill();
        terminal.Press("q");
        await terminal.ShowsAsync("end", lines => lines[0] == "before" && lines.Contains("exit code 0", StringComparer.Ordinal));
        Assert.True(terminal.IsAsBefore);
        await broker.StartAgainAsync();
    }

    [Theory]
    [InlineData("TERM", "top")]
    [InlineData("INT", "top")]
    [InlineData("TERM", "status", "--watch")]
    public async Task A_signal_ends_it_and_gives_the_terminal_back(string signal, params string[] command)
    {
        await using var site = await Site.SetUpAsync(machine, []);
        using var terminal = new Tmux(60, 8, [machine.Installation.Cli, .. command, "--config", site.ConfigFile]);
        await terminal.ShowsAsync("screen of eight lines", lines => lines.Count == 8
            && (lines[7].StartsWith("q quit", StringComparison.Ordinal) || lines[7].StartsWith("lines 1-7 of ", StringComparison.Ordinal)));

        Shell.Run("kill", "-" + signal, terminal.Pid);

        await terminal.ShowsAsync("end", lines => lines is ["before", "exit code 0", ..]);
        Assert.True(terminal.IsAsBefore);
    }
}
