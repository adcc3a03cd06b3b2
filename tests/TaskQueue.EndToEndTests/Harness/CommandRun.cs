using System.Text.Json.Nodes;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>What a run of the <c>taskqueue</c> command came to.</summary>
internal sealed record CommandRun(int ExitCode, string Output, string Error)
{
    public JsonObject Json => JsonNode.Parse(Output.TrimEnd('\n').Split('\n')[^1])!.AsObject();

    public static CommandRun Of(Machine machine, Site site, params string[] arguments)
    {
        // On a busy machine even a login takes its time.
        var (exitCode, output, error) = Shell.Try(machine.Installation.Cli, "", [.. arguments, "--config", site.ConfigFile, "--connect-timeout", "60s"]);
        return new CommandRun(exitCode, output, error);
    }

    /// <summary>Repeats a command until what it prints is as wanted.</summary>
    public static async Task<CommandRun> UntilAsync(Machine machine, Site site, Func<CommandRun, bool> isWanted, params string[] arguments)
    {
        CommandRun? run = null;
        await Eventually.TrueAsync(() => isWanted(run = Of(machine, site, arguments)), () => $"another answer than {run}");
        return run!;
    }

    public override string ToString() => $"exit code {ExitCode}\n{Output}\n{Error}";

    /// <summary>Asserts that it went well.</summary>
    public CommandRun Ok()
    {
        Assert.True(ExitCode == 0, ToString());
        return this;
    }
}
