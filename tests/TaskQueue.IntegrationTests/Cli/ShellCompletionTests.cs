using System.Text.Json;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Cli;

/// <summary>What real shells make of the completion scripts.</summary>
public sealed class ShellCompletionTests : IDisposable
{
    // Types into a shell in a terminal of its own, each step when the one before has shown what was expected.
    private const string Typist = """
        import fcntl, json, os, pty, re, select, struct, sys, termios, time
        shell, steps = sys.argv[1].split(), json.loads(sys.argv[2])
        pid, terminal = pty.fork()
        if pid == 0:
            os.execvp(shell[0], shell)
        fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        for text, expected in steps:
            os.write(terminal, text.encode())
            seen, deadline = "", time.monotonic() + 60
            while not re.search(expected, seen, re.DOTALL):
                readable, _, _ = select.select([terminal], [], [], max(0, deadline - time.monotonic()))
                if not readable:
                    sys.exit(f"typed {text!r}, expected {expected!r}, saw {seen!r}")
                seen += os.read(terminal, 65536).decode(errors="replace")
                seen = re.sub("\x1b\\[[0-9;?]*[A-Za-z]|\x1b[=>]|\r|\x07", "", seen)
            print(seen)
        os.close(terminal)
        os.waitpid(pid, 0)
        """;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-completion-");

    public ShellCompletionTests()
    {
        File.WriteAllText(Config, $"[taskqueue]\nplugin_dir = {_folder.FullName}\n[resize]\nworkers = small, big\n");
        File.SetUnixFileMode(Config, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        Directory.CreateDirectory(Path.Combine(_folder.FullName, "taskqueue"));
        File.WriteAllText(
            Path.Combine(_folder.FullName, "taskqueue", "recent.json"),
            JsonSerializer.Serialize(new { ids = new[] { new { text = "7f3a11", note = "resize, sent" }, new { text = "$(touch;x)", note = "" } }, hosts = new[] { new { text = "web3", note = "workerpool" } } }));
    }

    private string Config => Path.Combine(_folder.FullName, "config.ini");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Fish_completes_and_describes()
    {
        Require("fish");

        var shown = await RunAsync("""
            taskqueue completion fish | source
            for line in 'taskqueue cance' 'taskqueue send r' 'taskqueue scale resize 2 --group b' 'taskqueue where 7' 'taskqueue alive --host ' 'taskqueue where --jso' 'taskqueue where -'
                complete -C $line
            end
            """, "fish", "--no-config");

        Assert.Contains("cancel\tEnd tasks: ", shown, StringComparison.Ordinal);
        Assert.Contains("resize\tworker type\n", shown, StringComparison.Ordinal);
        Assert.Contains("big\tgroup of resize\n7f3a11\tresize, sent\nweb3\tworkerpool\n--json\tPrint a line of JSON\n", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("/?", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bash", "bash --norc -i", "true", @" +")]
    [InlineData("zsh", "zsh -f -i", "autoload -U compinit; compinit -u -D", @" +-- ")]
    public async Task Bash_and_zsh_complete_in_a_terminal_and_describe(string shell, string command, string first, string before)
    {
        Require(shell);
        Require("python3");
        const string Clear = "\x15";
        (string Typed, string Expected)[] steps =
        [
            ("", "[#$%] "),
            ($"{first}; source <(taskqueue completion {shell}); PS1=READY; true\n", "READY$"),
            ("taskqueue cance\t\t\t", $"cancellations{before}Look at the remembered cancellations"),
            ($"{Clear}taskqueue scale resize 2 --group \t\t", @"big[^\n]* group of resize"),
            ($"{Clear}taskqueue alive --host \t", "web3 "),
            ($"{Clear}taskqueue where 7\t", "7f3a11 "),
            ($"{Clear}taskqueue where \t\t", @"touch\\?;x"),
        ];

        var shown = await RunAsync("", "python3", "-c", Typist, command, JsonSerializer.Serialize(steps.Select(step => new[] { step.Typed, step.Expected })));

        Assert.Contains("7f3a11", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("/?", shown, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(60, true)]
    [InlineData(24, false)]
    public async Task Descriptions_in_bash_are_no_wider_than_the_terminal(int columns, bool hasDescriptions)
    {
        Require("bash");

        var shown = await RunAsync(
            "",
            "bash",
            "--norc",
            "-c",
            $$"""source <(taskqueue completion bash); COLUMNS={{columns}} COMP_WORDS=(taskqueue "") COMP_LINE="taskqueue " COMP_POINT=10 COMP_TYPE=63; _taskqueue; printf '%s\n' "${COMPREPLY[@]}" """);

        var lines = shown.TrimEnd('\n').Split('\n').Select(line => line.TrimEnd()).ToList();
        Assert.True(lines.Count > 20, shown);
        Assert.All(lines, line => Assert.InRange(line.Length, 1, columns));
        Assert.Equal(hasDescriptions, lines.Exists(line => line.EndsWith('…')));
    }

    private static void Require(string program) =>
        Assert.SkipWhen(Shell.Try("/bin/sh", "", "-c", $"command -v {program}").ExitCode != 0, $"Needs {program}: apt-get install {program}");

    private async Task<string> RunAsync(string input, string program, params string[] arguments)
    {
        var environment = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["TASKQUEUE_CONFIG"] = Config,
            ["XDG_CACHE_HOME"] = _folder.FullName,
            ["HOME"] = _folder.FullName,
            ["TERM"] = "xterm",
            ["HISTFILE"] = "/dev/null",
            ["PATH"] = $"{Path.GetDirectoryName(CliProcess.Executable)}:{Environment.GetEnvironmentVariable("PATH")}",
        };
        var (exitCode, output, error) = await CliProcess.RunProgramAsync(program, environment, input, arguments);
        Assert.True(exitCode == 0, $"{exitCode}\n{output}{error}");
        return output;
    }
}
