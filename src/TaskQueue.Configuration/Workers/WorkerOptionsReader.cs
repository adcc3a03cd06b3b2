using TaskQueue.Configuration.Commands;
using TaskQueue.Configuration.Keys;
using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration.Workers;

/// <summary>Builds the options of workers, layer by layer: <c>[DEFAULT]</c>, <c>[taskqueue]</c>, type, group.</summary>
internal sealed class WorkerOptionsReader(KeyBinder binder, Problems problems)
{
    // Shorter names of settings are too often near to a known key by chance.
    private const int MinMisspelled = 4;

    private static readonly string[] OwnNames = [.. WorkerKeys.All.Select(key => key.Name), .. WorkerKeys.OfTypesOnly];

    /// <summary>Applies <c>[DEFAULT]</c>.</summary>
    public WorkerDefaults ReadDefault(Section section)
    {
        foreach (var entry in OfTypesOnly(section))
        {
            problems.Add(entry.Origin, $"[{section.Name}] {entry.Key} stands in the section of a worker type only; move it there.");
        }

        return Apply(new WorkerDefaults(new WorkerGroupOptions(), WorkerGroupOptions.DefaultsOfCommands), section, [.. section.Entries.Except(OfTypesOnly(section))]);
    }

    /// <summary>Applies what <c>[taskqueue]</c> says besides the options of the service.</summary>
    public WorkerDefaults ReadServiceSection(WorkerDefaults defaults, Section section, IReadOnlyCollection<Entry> entries) =>
        Apply(defaults, section, entries);

    /// <summary>Applies the sections of a worker type.</summary>
    public WorkerTypeOptions ReadType(WorkerDefaults defaults, TypeSections type)
    {
        var section = type.Section;
        var isCommand = section.Find(WorkerKeys.Command) is not null;
        RefuseTwice(section, WorkerKeys.Subgroups, section.Find(WorkerKeys.Workers) is { } names && WorkerKeys.NamesGroups(names.Value));
        RefuseTwice(section, WorkerKeys.Instances, section.Find(WorkerKeys.Workers) is { } count && !WorkerKeys.NamesGroups(count.Value));
        WarnOfUseless(type, isCommand);
        var ofType = Apply(isCommand ? defaults.OfCommands : defaults.OfPlugins, section, section.Entries.Where(entry => !IsOfTypesOnly(entry) && !IsListOfGroups(entry)), isCommand);
        return new WorkerTypeOptions
        {
            Name = type.Name,
            Plugin = PluginOf(type),
            Command = CommandOf(type),
            HasSection = true,
            Location = section.Origin.Text,
            Groups = type.Groups.Count == 0 ? [ofType] : [.. type.Groups.Select(group => ReadGroup(ofType, group, isCommand) with { Group = group.Name })],
        };
    }

    private static bool IsOfTypesOnly(Entry entry) => WorkerKeys.OfTypesOnly.Contains(entry.Key, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<Entry> OfTypesOnly(Section section) => section.Entries.Where(IsOfTypesOnly);

    private static bool IsListOfGroups(Entry entry) =>
        string.Equals(entry.Key, WorkerKeys.Workers, StringComparison.OrdinalIgnoreCase) && WorkerKeys.NamesGroups(entry.Value);

    private WorkerGroupOptions ReadGroup(WorkerGroupOptions ofType, GroupSection group, bool isCommand)
    {
        if (group.Section is not { } section)
        {
            return ofType;
        }

        var misplaced = section.Entries.Where(entry => IsOfTypesOnly(entry) || IsListOfGroups(entry)).ToList();
        foreach (var entry in misplaced)
        {
            problems.Add(
                entry.Origin,
                $"{KeyBinder.Quote(section, entry)}: [{section.Name}] is the group \"{group.Name}\" of a worker type, where only {WorkerKeys.Workers} = NUMBER may say what runs; move it to the type's section.");
        }

        RefuseTwice(section, WorkerKeys.Instances, section.Find(WorkerKeys.Workers) is { } count && !WorkerKeys.NamesGroups(count.Value));
        return Apply(ofType, section, section.Entries.Except(misplaced), isCommand);
    }

    private string PluginOf(TypeSections type)
    {
        if (type.Section.Find(WorkerKeys.Plugin) is not { Value.Length: > 0 } entry)
        {
            return type.Name;
        }

        if (!WorkerTypeName.IsValid(entry.Value))
        {
            problems.Add(entry.Origin, $"{KeyBinder.Quote(type.Section, entry)}: expected {Kinds.WorkerType.Expected}.");
        }

        return entry.Value;
    }

    private WorkerCommand? CommandOf(TypeSections type)
    {
        var section = type.Section;
        if (section.Find(WorkerKeys.Command) is not { } entry)
        {
            return null;
        }

        if (section.Find(WorkerKeys.Plugin) is { Value.Length: > 0 } plugin)
        {
            problems.Add(
                entry.Origin, $"[{section.Name}] {entry.Key} and {plugin.Key} (set {plugin.Origin.Reference}) exclude one another; remove one of the two.");
        }

        try
        {
            var command = CommandLineReader.Read(entry.Value, out var warnings);
            foreach (var warning in warnings)
            {
                problems.Warn(entry.Origin, $"{KeyBinder.Quote(section, entry)}: {warning}");
            }

            return command;
        }
        catch (FormatException e)
        {
            problems.Add(entry.Origin, $"{KeyBinder.Quote(section, entry)}: {e.Message}");
            return null;
        }
    }

    /// <summary>Warns of what a worker of this kind does not hear of.</summary>
    private void WarnOfUseless(TypeSections type, bool isCommand)
    {
        foreach (var section in type.Groups.Select(group => group.Section).OfType<Section>().Prepend(type.Section))
        {
            foreach (var entry in section.Entries)
            {
                var isOfCommands = WorkerKeys.OfCommands.Any(key => string.Equals(key.Name, entry.Key, StringComparison.OrdinalIgnoreCase));
                if (!isCommand && isOfCommands)
                {
                    problems.Warn(entry.Origin, $"[{section.Name}] {entry.Key} has no effect without {WorkerKeys.Command}.");
                }
                else if (isCommand && WorkerKeys.Find(entry.Key) is null && !IsOfTypesOnly(entry) && !WorkerKeys.IsEnvironment(entry.Key))
                {
                    problems.Warn(
                        entry.Origin,
                        $"[{section.Name}] {entry.Key} has no effect: a command gets arguments and variables ({WorkerKeys.EnvironmentPrefix}NAME), no settings{Meant(entry)}.");
                }
            }
        }
    }

    private void RefuseTwice(Section section, string name, bool alsoWorkers)
    {
        if (alsoWorkers && section.Find(name) is { } entry)
        {
            problems.Add(
                entry.Origin,
                $"[{section.Name}] {entry.Key} and {WorkerKeys.Workers} (set {section.Find(WorkerKeys.Workers)!.Origin.Reference}) mean the same here; remove one of the two.");
        }
    }

    private WorkerDefaults Apply(WorkerDefaults defaults, Section section, IReadOnlyCollection<Entry> entries) => new(
        Apply(defaults.OfPlugins, section, entries),
        // What is wrong has been told once.
        new WorkerOptionsReader(binder.Silent, new Problems()).Apply(defaults.OfCommands, section, entries));

    private WorkerGroupOptions Apply(WorkerGroupOptions options, Section section, IEnumerable<Entry> entries, bool isCommand = false)
    {
        var environment = new Dictionary<string, string>(options.Environment, StringComparer.OrdinalIgnoreCase);
        var settings = new Dictionary<string, string>(options.Settings, StringComparer.OrdinalIgnoreCase);
        foreach (var entry in entries)
        {
            if (WorkerKeys.Find(entry.Key) is { } key)
            {
                options = binder.Set(options, key, section, entry);
            }
            else if (WorkerKeys.IsEnvironment(entry.Key))
            {
                SetVariable(environment, section, entry);
            }
            else
            {
                if (!isCommand)
                {
                    WarnOfMisspelling(section, entry);
                }

                // Removed first, here and for variables, so that the name is spelled as in the nearest section.
                settings.Remove(entry.Key);
                settings.Add(entry.Key, entry.Value);
            }
        }

        return options with { Environment = environment, Settings = settings };
    }

    private void SetVariable(Dictionary<string, string> environment, Section section, Entry entry)
    {
        var name = entry.Key[WorkerKeys.EnvironmentPrefix.Length..];
        if (name.Length == 0 || char.IsAsciiDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_'))
        {
            problems.Add(
                entry.Origin,
                $"[{section.Name}] {entry.Key}: expected the name of a variable behind \"{WorkerKeys.EnvironmentPrefix}\", of letters, digits and '_', not beginning with a digit.");
            return;
        }

        environment.Remove(name);
        environment.Add(name, entry.Value);
    }

    /// <summary>Warns of what goes to a plugin and looks like an option; <see cref="WarnOfUseless"/> speaks of what stands in the section of a command.</summary>
    private void WarnOfMisspelling(Section section, Entry entry)
    {
        if (Meant(entry) is { Length: > 0 } meant)
        {
            problems.Warn(entry.Origin, $"[{section.Name}] {entry.Key} is handed to the plugin{meant}.");
        }
    }

    private static string Meant(Entry entry) =>
        ServiceKeys.All.FirstOrDefault(key => string.Equals(key.Name, entry.Key, StringComparison.OrdinalIgnoreCase)) is { } key
            ? $"; the option {key.Name} stands in [{IniNames.TaskQueue}]"
            : entry.Key.Length >= MinMisspelled && Spelling.Nearest(entry.Key, OwnNames, most: 1) is { } name
                ? $"; if you meant the option {name}, correct it"
                : "";
}
