using TaskQueue.Configuration.Keys;
using TaskQueue.Configuration.Reading;
using TaskQueue.Configuration.Workers;

namespace TaskQueue.Configuration;

/// <summary>Which value holds for each key, and who has set it.</summary>
public static class EffectiveSettings
{
    /// <summary>How <see cref="EffectiveSetting.Origin"/> calls what nobody has set.</summary>
    public const string Default = "default";

    /// <summary>All sections: those of the system, then one for each worker type or each of its groups.</summary>
    /// <param name="configuration">The settings.</param>
    /// <returns>The sections. Passwords, environment variables, and settings of plugins that look like secrets are masked.</returns>
    public static IReadOnlyList<EffectiveSection> Of(TaskQueueConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        var document = configuration.Document ?? new SettingsDocument(new HashSet<string>(), []);
        var (defaults, service) = (document.Reserved(IniNames.Default), document.Reserved(IniNames.TaskQueue));
        return
        [
            Reserved(IniNames.Amqp, ConfigurationText.PairsOf(BrokerKeys.All, configuration.Broker), document),
            Reserved(IniNames.TaskQueue, ConfigurationText.PairsOf(ServiceKeys.All, configuration.Service), document),
            Reserved(IniNames.Http, ConfigurationText.PairsOf(HttpKeys.All, configuration.Http), document),
            Reserved(IniNames.Telemetry, ConfigurationText.PairsOf(TelemetryKeys.All, configuration.Telemetry), document),
            Reserved(IniNames.Broker, ConfigurationText.PairsOf(EmbeddedBrokerKeys.All, configuration.EmbeddedBroker), document),
            Reserved(IniNames.Web, ConfigurationText.PairsOf(WebKeys.All, configuration.Web), document),
            Reserved(IniNames.History, ConfigurationText.PairsOf(HistoryKeys.All, configuration.History), document),
            Reserved(IniNames.Routes, configuration.Routes, document),
            .. configuration.Notifications.Select(options => Reserved(IniNames.NotifyPrefix + options.Name, ConfigurationText.PairsOf(NotificationKeys.All, options), document)),
            OfWorkers(IniNames.Default, workerType: null, program: null, configuration.WorkerDefaults, [defaults, service], own: 2),
            .. TypesOf(configuration, document, [defaults, service]),
        ];
    }

    /// <summary>What holds for a worker type.</summary>
    /// <param name="configuration">The settings.</param>
    /// <param name="workerType">The worker type; its case does not matter.</param>
    /// <returns>Its sections; one of inherited settings for a type that has none.</returns>
    public static IReadOnlyList<EffectiveSection> OfType(TaskQueueConfiguration configuration, string workerType)
    {
        var all = Of(configuration);
        var own = all.Where(section => string.Equals(section.WorkerType, workerType, StringComparison.OrdinalIgnoreCase)).ToList();
        return own.Count > 0
            ? own
            :
            [
                .. all.Where(section => section.Name == IniNames.Default)
                    .Select(section => new EffectiveSection(workerType, workerType, [.. section.Settings.Select(setting => setting with { IsInherited = true })])),
            ];
    }

    private static EffectiveSection Reserved(string name, IEnumerable<KeyValuePair<string, string>> pairs, SettingsDocument document)
    {
        var section = document.Reserved(name);
        return new EffectiveSection(
            name, WorkerType: null, [.. pairs.Select(pair => new EffectiveSetting(pair.Key, pair.Value, section.Find(pair.Key)?.Origin.Text ?? Default))]);
    }

    private static IEnumerable<EffectiveSection> TypesOf(TaskQueueConfiguration configuration, SettingsDocument document, Section[] inherited)
    {
        var resolved = SectionResolver.Resolve(document.Sections, new Problems()).ToDictionary(type => type.Name, StringComparer.OrdinalIgnoreCase);
        foreach (var type in configuration.WorkerTypes.Where(type => resolved.ContainsKey(type.Name)))
        {
            var sections = resolved[type.Name];
            var program = sections.Section.Find(WorkerKeys.Command) ?? sections.Section.Find(WorkerKeys.Plugin);
            foreach (var group in type.Groups)
            {
                var ofGroup = sections.Groups.FirstOrDefault(candidate => candidate.Name == group.Group)?.Section;
                var name = group.Group is null ? sections.Section.Name : ofGroup?.Name ?? $"{sections.Section.Name}_{group.Group}";
                Section[] layers = ofGroup is null ? [.. inherited, sections.Section] : [.. inherited, sections.Section, ofGroup];
                yield return OfWorkers(name, type.Name, program, group, layers, own: layers.Length - inherited.Length);
            }
        }
    }

    private static EffectiveSection OfWorkers(
        string name, string? workerType, Entry? program, WorkerGroupOptions options, Section[] layers, int own)
    {
        var settings = ConfigurationText.PairsOf(options).Select(pair =>
        {
            for (var layer = layers.Length - 1; layer >= 0; layer--)
            {
                if (Find(layers[layer], pair.Key) is { } entry)
                {
                    return new EffectiveSetting(pair.Key, pair.Value, entry.Origin.Text) { IsInherited = layer < layers.Length - own };
                }
            }

            return new EffectiveSetting(pair.Key, pair.Value, Default) { IsInherited = workerType is not null };
        });
        return new EffectiveSection(
            name,
            workerType,
            program is null ? [.. settings] : [new EffectiveSetting(program.Key, program.Value, program.Origin.Text), .. settings]);
    }

    /// <summary>The entry that sets a key of workers, under any of its names. A list of worker types or of groups is no number of processes.</summary>
    private static Entry? Find(Section section, string key)
    {
        if (key != WorkerKeys.Workers)
        {
            return section.Find(key);
        }

        var isService = string.Equals(section.Name, IniNames.TaskQueue, StringComparison.OrdinalIgnoreCase);
        return section.Find(WorkerKeys.Instances)
            ?? (!isService && section.Find(key) is { } workers && !WorkerKeys.NamesGroups(workers.Value) ? workers : null);
    }
}

/// <summary>A section with all that holds in it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="WorkerType">The worker type that it belongs to, if it does.</param>
/// <param name="Settings">Its keys.</param>
public sealed record EffectiveSection(string Name, string? WorkerType, IReadOnlyList<EffectiveSetting> Settings);

/// <summary>A key and the value that holds.</summary>
/// <param name="Key">Its name.</param>
/// <param name="Value">The value as text; empty where the key is not set; masked where it is secret.</param>
/// <param name="Origin">Who has set it: file and line such as <c>config.ini:14</c>, the name of a variable, or <see cref="EffectiveSettings.Default"/>.</param>
public sealed record EffectiveSetting(string Key, string Value, string Origin)
{
    /// <summary>Whether it was not set in the section itself but comes from <c>[DEFAULT]</c>, <c>[taskqueue]</c> or nowhere.</summary>
    public bool IsInherited { get; init; }
}
