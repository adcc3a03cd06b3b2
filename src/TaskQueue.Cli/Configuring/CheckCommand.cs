using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Configuration;

namespace TaskQueue.Cli.Configuring;

/// <summary><c>taskqueue config check</c>: all that is wrong with the configuration, at once.</summary>
internal sealed class CheckCommand
{
    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public CheckCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "check",
            $"Print everything that is wrong with the configuration, and what looks wrong. Exit with {ExitCodes.Config} when something is wrong.",
            "taskqueue config check",
            "taskqueue config check --config new.ini --json")
        {
            _json,
        };
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        IReadOnlyList<string> problems = [], warnings = [];
        IReadOnlyList<string> files = [];
        try
        {
            var configuration = _connecting.ReadSettings(parsed, _surroundings).Configuration.RequireWhole();
            (warnings, files) = (configuration.Warnings, configuration.Files);
            if (File.Exists(files[0]))
            {
                TaskQueueConfiguration.RequireTrusted(files[0]);
            }
        }
        catch (ConfigurationException e)
        {
            problems = e.Problems;
        }

        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["ok"] = problems.Count == 0,
                ["problems"] = Texts(problems),
                ["warnings"] = Texts(warnings),
            }));
        }
        else
        {
            foreach (var line in problems.Concat(warnings.Select(warning => $"warning: {warning}")))
            {
                await _surroundings.Error.WriteLineAsync(line);
            }

            await _surroundings.Out.WriteLineAsync(problems.Count switch
            {
                0 => string.Join('\n', files.Select(file => $"{file}: ok")),
                1 => "1 problem",
                var count => $"{count:N0} problems",
            });
        }

        return problems.Count == 0 ? ExitCodes.Ok : ExitCodes.Config;
    }

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(text => (JsonNode)text)]);
}
