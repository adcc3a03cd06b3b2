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
    public WorkerGroupOptions ReadDefault(Section section)
    {
        foreach (var entry in OfTypesOnly(section))
        {
            problems.Add(entry.Origin, $"[{section.Name}] {entry.Key} stands in the section of a worker type only; move it there.");
        }

        return Apply(new WorkerGroupOptions(), section, section.Entries.Except(OfTypesOnly(section)));
    }

    /// <summary>Applies what <c>[taskqueue]</c> says besides the options of the service.</summary>
    public WorkerGroupOptions ReadServiceSection(WorkerGroupOptions options, Section section, IEnumerable<Entry> entries) =>
        Apply(options, section, entries);

    /// <summary>Applies the sections of a worker type.</summary>
    public WorkerTypeOptions ReadType(WorkerGroupOptions defaults, TypeSections type)
    {
        var section = type.Section;
        RefuseTwice(section, WorkerKeys.Subgroups, section.Find(WorkerKeys.Workers) is { } names && WorkerKeys.NamesGroups(names.Value));
        RefuseTwice(section, WorkerKeys.Instances, section.Find(WorkerKeys.Workers) is { } count && !WorkerKeys.NamesGroups(count.Value));
        var ofType = Apply(defaults, section, section.Entries.Where(entry => !IsOfTypesOnly(entry) && !IsListOfGroups(entry)));
        return new WorkerTypeOptions
        {
            Name = type.Name,
            Plugin = PluginOf(type),
            HasSection = true,
            Location = section.Origin.Text,
            Groups = type.Groups.Count == 0 ? [ofType] : [.. type.Groups.Select(group => ReadGroup(ofType, group) with { Group = group.Name })],
        };
    }

    private static bool IsOfTypesOnly(Entry entry) => WorkerKeys.OfTypesOnly.Contains(entry.Key, StringComparer.OrdinalIgnoreCase);

    private static IEnumerable<Entry> OfTypesOnly(Section section) => section.Entries.Where(IsOfTypesOnly);

    private static bool IsListOfGroups(Entry entry) =>
        string.Equals(entry.Key, WorkerKeys.Workers, StringComparison.OrdinalIgnoreCase) && WorkerKeys.NamesGroups(entry.Value);

    private WorkerGroupOptions ReadGroup(WorkerGroupOptions ofType, GroupSection group)
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
        return Apply(ofType, section, section.Entries.Except(misplaced));
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

    private void RefuseTwice(Section section, string name, bool alsoWorkers)
    {
        if (alsoWorkers && section.Find(name) is { } entry)
        {
            problems.Add(
                entry.Origin,
                $"[{section.Name}] {entry.Key} and {WorkerKeys.Workers} (set {section.Find(WorkerKeys.Workers)!.Origin.Reference}) mean the same here; remove one of the two.");
        }
    }

    private WorkerGroupOptions Apply(WorkerGroupOptions options, Section section, IEnumerable<Entry> entries)
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
                WarnOfMisspelling(section, entry);

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

    private void WarnOfMisspelling(Section section, Entry entry)
    {
        if (ServiceKeys.All.FirstOrDefault(key => string.Equals(key.Name, entry.Key, StringComparison.OrdinalIgnoreCase)) is { } key)
        {
            problems.Warn(
                entry.Origin,
                $"[{section.Name}] {entry.Key} is handed to the plugin; the option {key.Name} stands in [{IniNames.TaskQueue}].");
        }
        else if (entry.Key.Length >= MinMisspelled && Spelling.Nearest(entry.Key, OwnNames, most: 1) is { } name)
        {
            problems.Warn(
                entry.Origin, $"[{section.Name}] {entry.Key} is handed to the plugin; if you meant the option {name}, correct it.");
        }
    }
}
