using System.CommandLine;
using System.Text.Json.Nodes;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Help;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.PluginList;

/// <summary><c>taskqueue plugins</c>: what a plugin folder offers, and what in it is unusable. No code of a plugin runs.</summary>
internal sealed class PluginsCommand
{
    private readonly Argument<string?> _folder = new("DIR")
    {
        Description = "The folder. Default: plugin_dir of the configuration.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public PluginsCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "plugins",
            $"List the worker types and formats in each DLL of a plugin folder, and what in it cannot be loaded. Exit with {ExitCodes.Failed} when there is such.",
            "taskqueue plugins",
            "taskqueue plugins ./build/plugins --json           # before it is installed")
        {
            _folder, _json,
        };
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var folder = Path.GetFullPath(parsed.GetValue(_folder) is { Length: > 0 } named
            ? named
            : _connecting.ReadSettings(parsed, _surroundings).Configuration.Service.PluginDir);
        var catalog = PluginDiscovery.Scan(folder);
        var problems = catalog.Problems.Where(problem => !problem.IsNote).ToList();
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(ToJson(folder, catalog));
        }
        else
        {
            var table = new Tables.Table(["Kind", "Worker type", "Class", "DLL"], [.. Rows(folder, catalog).Select(cells => new Tables.Row(cells))]) { Values = [2, 4, 1, 3] };
            if (table.Rows.Count == 0)
            {
                await _surroundings.Error.WriteLineAsync($"taskqueue: there is no plugin in {folder}.");
            }
            else
            {
                await Tables.WriteAsync(_surroundings, table);
            }

            foreach (var problem in catalog.Problems)
            {
                await _surroundings.Error.WriteLineAsync($"{(problem.IsNote ? "note" : "problem")}: {problem.Path}: {problem.Message}");
            }
        }

        return problems.Count == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static IEnumerable<string[]> Rows(string folder, PluginCatalog catalog) => catalog.Workers
        .Select(worker => (string[])["worker", worker.WorkerType, worker.TypeName, Path.GetRelativePath(folder, worker.AssemblyPath)])
        .Concat(catalog.Formats.Select(format => (string[])["format", "-", format.TypeName, Path.GetRelativePath(folder, format.AssemblyPath)]));

    private static string ToJson(string folder, PluginCatalog catalog) => JsonLine.Of(new JsonObject
    {
        ["plugin_dir"] = folder,
        ["workers"] = new JsonArray([.. catalog.Workers.Select(worker => new JsonObject
        {
            ["worker_type"] = worker.WorkerType,
            ["class"] = worker.TypeName,
            ["dll"] = worker.AssemblyPath,
        })]),
        ["formats"] = new JsonArray([.. catalog.Formats.Select(format => new JsonObject { ["class"] = format.TypeName, ["dll"] = format.AssemblyPath })]),
        ["problems"] = new JsonArray([.. catalog.Problems.Select(problem => new JsonObject
        {
            ["path"] = problem.Path,
            ["message"] = problem.Message,
            ["note"] = problem.IsNote,
        })]),
    });
}
