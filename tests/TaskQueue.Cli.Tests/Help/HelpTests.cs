using System.CommandLine;
using System.Text.RegularExpressions;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Tests.Help;

public sealed partial class HelpTests
{
    [Fact]
    public async Task The_help_of_every_command_has_an_example()
    {
        var commands = AllCommands().ToList();
        Assert.Contains(["buried", "kick"], commands);

        foreach (var command in commands)
        {
            var run = new CliRun();
            Assert.Equal(0, await run.RunAsync([.. command, "--help"]));

            var examples = run.Out[run.Out.IndexOf("Examples:\n", StringComparison.Ordinal)..].Split('\n')[1];
            Assert.StartsWith($"  {string.Join(' ', ["taskqueue", .. command])}", examples.Replace("  source <(", "  ", StringComparison.Ordinal), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_example_is_a_command_line_that_is_understood()
    {
        var line = CommandLineForParsing();
        foreach (var example in Commands(line.Root, []).SelectMany(entry => ((DescribedCommand)entry.Command).Examples))
        {
            Assert.Empty(line.Parse(Words(example)).Errors.Select(error => $"{example}: {error.Message}"));
        }
    }

    // The words between "taskqueue" and whatever the shell does with the output.
    private static IReadOnlyList<string> Words(string example)
    {
        var start = example.IndexOf("taskqueue", StringComparison.Ordinal) + "taskqueue".Length;
        var words = WordPattern().Matches(example[start..].Split(" #")[0].TrimEnd(' ', ')')).Select(match => match.Value);
        return [.. words.TakeWhile(word => word is not ("|" or ">")).Select(word => word.Trim('"', '\''))];
    }

    [GeneratedRegex("""'[^']*'|"[^"]*"|[^\s]+""", RegexOptions.NonBacktracking)]
    private static partial Regex WordPattern();

    private static IEnumerable<string[]> AllCommands() => Commands(CommandLineForParsing().Root, []).Select(entry => entry.Path);

    private static IEnumerable<(string[] Path, Command Command)> Commands(Command parent, string[] path) => parent.Subcommands.SelectMany(command =>
        (IEnumerable<(string[], Command)>)[([.. path, command.Name], command), .. Commands(command, [.. path, command.Name])]);

    private static CommandLine CommandLineForParsing() => new(new Surroundings
    {
        OpenInput = () => Stream.Null,
        OpenOutput = () => Stream.Null,
        Out = TextWriter.Null,
        Error = TextWriter.Null,
        IsTerminal = false,
        Environment = new Dictionary<string, string>(StringComparer.Ordinal),
        CreateBroker = (_, _) => throw new NotSupportedException(),
    });
}
