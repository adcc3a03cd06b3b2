using System.Diagnostics;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>A terminal of a certain size, with a command in it, keys for it, and what it shows.</summary>
internal sealed class Tmux : IDisposable
{
    private const string Program = "/usr/bin/tmux";

    private static readonly TimeSpan BetweenPresses = TimeSpan.FromSeconds(5);

    private readonly string _server = $"taskqueue-{Guid.NewGuid():N}";

    /// <param name="width">The cells of a line.</param>
    /// <param name="height">The lines.</param>
    /// <param name="command">What runs in it: "before" is on the screen before, and its exit code behind it.</param>
    public Tmux(int width, int height, params string[] command)
    {
        Assert.SkipUnless(File.Exists(Program), "Needs a terminal: apt-get install tmux");
        var quoted = string.Join(' ', ((string[])[DefaultSignals.Program, .. DefaultSignals.Of(command[0], command.Skip(1))]).Select(word => $"'{word}'"));
        Run("-f", "/dev/null", "new-session", "-d", "-x", $"{width}", "-y", $"{height}", $"echo before; {quoted}; echo exit code $?; exec cat");
    }

    /// <summary>The lines of the screen, without the spaces behind them.</summary>
    public IReadOnlyList<string> Lines => Run("capture-pane", "-p").TrimEnd('\n').Split('\n');

    /// <summary>Whether it is as a shell needs it: its own screen, with a cursor.</summary>
    public bool IsAsBefore => Run("display-message", "-p", "#{alternate_on} #{cursor_flag}").Trim() == "0 1";

    /// <summary>The process of the command.</summary>
    public string Pid
    {
        get
        {
            var shell = Run("display-message", "-p", "#{pane_pid}").Trim();
            return File.ReadAllText($"/proc/{shell}/task/{shell}/children").Trim();
        }
    }

    /// <summary>Presses keys, as tmux calls them.</summary>
    public void Press(params string[] keys) => Run(["send-keys", .. keys]);

    public void Resize(int width, int height) => Run("resize-window", "-x", $"{width}", "-y", $"{height}");

    /// <summary>Waits until the screen is as wanted.</summary>
    public async Task<IReadOnlyList<string>> ShowsAsync(string what, Func<IReadOnlyList<string>, bool> isWanted)
    {
        IReadOnlyList<string> lines = [];
        await Eventually.TrueAsync(() => isWanted(lines = Lines), () => $"no {what} on\n{string.Join('\n', lines)}");
        return lines;
    }

    /// <summary>Presses a key, and now and then again, until the screen is as wanted.</summary>
    public async Task PressUntilAsync(string key, string what, Func<IReadOnlyList<string>, bool> isWanted)
    {
        var presses = Stopwatch.StartNew();
        Press(key);
        await ShowsAsync(what, lines =>
        {
            if (isWanted(lines))
            {
                return true;
            }

            if (presses.Elapsed > BetweenPresses)
            {
                Press(key);
                presses.Restart();
            }

            return false;
        });
    }

    public void Dispose() => Shell.Try(Program, "", "-L", _server, "kill-server");

    private string Run(params string[] arguments)
    {
        var (exitCode, output, error) = Shell.Try(Program, "", ["-L", _server, .. arguments]);
        Assert.True(exitCode == 0, $"tmux {string.Join(' ', arguments)}: {error}");
        return output;
    }
}
