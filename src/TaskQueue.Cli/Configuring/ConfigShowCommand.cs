using System.CommandLine;
using System.Text.Json.Nodes;
using Spectre.Console;
using TaskQueue.Cli.Broker;
using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Help;
using TaskQueue.Configuration;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Configuring;

/// <summary><c>taskqueue config show</c>: the settings that hold, each with who has set it.</summary>
internal sealed class ConfigShowCommand
{
    private readonly Argument<string[]> _sections = new("SECTION")
    {
        Description = "Sections or worker types to show, with all that they inherit. Default: all sections, those of worker types with what they set themselves.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly Surroundings _surroundings;
    private readonly ConnectionFlags _connecting;

    public ConfigShowCommand(Surroundings surroundings, ConnectionFlags connecting)
    {
        _surroundings = surroundings;
        _connecting = connecting;
        Command = new DescribedCommand(
            "show",
            "Show the settings that hold, each with the line or variable that has set it; secrets are masked.",
            "taskqueue config show",
            "taskqueue config show resize                       # with all that it inherits",
            "taskqueue config show amqp --json")
        {
            _sections.CompletedWithTypes(surroundings, connecting), _json,
        };
        Command.SetAction((parsed, _) => RunAsync(parsed));
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var configuration = _connecting.ReadSettings(parsed, _surroundings).Configuration.RequireWhole();
        var names = parsed.GetValue(_sections) ?? [];
        var sections = names.Length > 0 ? [.. names.SelectMany(name => Named(configuration, name))] : OwnSettings(configuration);
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(ToJson(configuration, sections));
        }
        else if (_surroundings.IsTerminal)
        {
            var console = Tables.Terminal(_surroundings);
            foreach (var (line, isDefault) in Lines(sections))
            {
                // Not through the console's own layout, which would break long lines.
                console.Profile.Width = Math.Max(console.Profile.Width, line.Length + 1);
                console.Write(new Text(line + "\n", new Style(isDefault ? Color.Grey : line.StartsWith('[') ? Color.Aqua : null)));
            }
        }
        else
        {
            await _surroundings.Out.WriteAsync(string.Concat(Lines(sections).Select(line => line.Text + "\n")));
        }

        return ExitCodes.Ok;
    }

    private static IReadOnlyList<EffectiveSection> OwnSettings(TaskQueueConfiguration configuration) =>
    [
        .. EffectiveSettings.Of(configuration)
            .Select(section => section with { Settings = [.. section.Settings.Where(setting => !setting.IsInherited)] }),
    ];

    private static IReadOnlyList<EffectiveSection> Named(TaskQueueConfiguration configuration, string name)
    {
        var sections = EffectiveSettings.Of(configuration);
        var section = sections.FirstOrDefault(section => string.Equals(section.Name, name, StringComparison.OrdinalIgnoreCase));
        if (section is not null)
        {
            return [section];
        }

        // A worker type without a section has the settings of all.
        var served = PluginDiscovery.Scan(configuration.Service.PluginDir).Workers.Select(worker => worker.WorkerType).ToList();
        if (served.Contains(name, StringComparer.OrdinalIgnoreCase))
        {
            return EffectiveSettings.OfType(configuration, name);
        }

        var meant = Spelling.Nearest(name, sections.Select(known => known.Name).Concat(served), most: 2) is { } near ? $" Did you mean {near}?" : "";
        throw new CommandFailedException(
            ExitCodes.Usage, $"SECTION \"{PlainText.Line(name, 128)}\": there is neither a section nor a plugin of that name.{meant}");
    }

    // Such as config.ini may have them: what a comment says of a line is who has set it.
    private static IEnumerable<(string Text, bool IsDefault)> Lines(IReadOnlyList<EffectiveSection> sections)
    {
        var settings = sections.SelectMany(section => section.Settings).Select(Pair).ToList();
        var width = settings.Count == 0 ? 0 : settings.Max(pair => pair.Length <= 50 ? pair.Length : 0);
        for (var i = 0; i < sections.Count; i++)
        {
            yield return ($"{(i == 0 ? "" : "\n")}[{sections[i].Name}]", false);
            foreach (var setting in sections[i].Settings)
            {
                yield return ($"{Pair(setting).PadRight(width)}  ; {setting.Origin}", setting.Origin == EffectiveSettings.Default);
            }
        }
    }

    private static string Pair(EffectiveSetting setting) => $"{setting.Key} = {PlainText.Line(setting.Value, 1024)}".TrimEnd();

    private static string ToJson(TaskQueueConfiguration configuration, IReadOnlyList<EffectiveSection> sections) => JsonLine.Of(new JsonObject
    {
        ["file"] = configuration.FileName,
        ["sections"] = new JsonArray([.. sections.Select(section => new JsonObject
        {
            ["section"] = section.Name,
            ["worker_type"] = section.WorkerType,
            ["settings"] = new JsonArray([.. section.Settings.Select(setting => new JsonObject
            {
                ["key"] = setting.Key,
                ["value"] = setting.Value,
                ["origin"] = setting.Origin,
                ["inherited"] = setting.IsInherited,
            })]),
        })]),
    });
}
