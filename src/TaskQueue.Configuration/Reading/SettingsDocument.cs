using System.Text;
using Microsoft.Extensions.Configuration;

namespace TaskQueue.Configuration.Reading;

/// <summary>A config.ini with its drop-ins and the environment over it: text by section and key, not yet understood.</summary>
/// <param name="SettingFiles">The files that set a key at all.</param>
/// <param name="Sections">The sections in the order of the file, those that only variables name behind them.</param>
internal sealed record SettingsDocument(IReadOnlySet<string> SettingFiles, IReadOnlyList<Section> Sections)
{
    public static SettingsDocument Read(
        IReadOnlyList<SourceText> texts, IReadOnlyDictionary<string, string> environment, Problems problems)
    {
        var layout = new IniLayout();
        var builder = new ConfigurationBuilder();
        for (var order = 0; order < texts.Count; order++)
        {
            builder.AddIniStream(new MemoryStream(Encoding.UTF8.GetBytes(IniFront.Read(texts[order], order, layout, problems))));
        }

        var overrides = EnvironmentOverrides.Apply(layout, environment, problems);
        var values = builder.AddInMemoryCollection(overrides).Build();
        return new SettingsDocument(
            layout.SettingFiles,
            [
                .. layout.Sections.Values.Select(section => new Section(
                    section.Name,
                    section.Origin,
                    [.. section.Keys.Select(key => new Entry(key.Key, values[section.PathOf(key.Key)] ?? "", key.Value))])),
            ]);
    }

    /// <summary>Finds a section of ours.</summary>
    /// <returns>The section, or one without keys where there is none.</returns>
    public Section Reserved(string name) =>
        Sections.FirstOrDefault(section => string.Equals(section.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? new Section(name, Origin.OfFile(name), []);
}

/// <summary>A section.</summary>
/// <param name="Name">Its name as written.</param>
/// <param name="Origin">Where it begins.</param>
/// <param name="Entries">Its keys; no two differ in case only.</param>
internal sealed record Section(string Name, Origin Origin, IReadOnlyList<Entry> Entries)
{
    public Entry? Find(string key) =>
        Entries.FirstOrDefault(entry => string.Equals(entry.Key, key, StringComparison.OrdinalIgnoreCase));
}

/// <summary>A key and its value.</summary>
/// <param name="Key">Its name as written.</param>
/// <param name="Value">Its value, without quotes.</param>
/// <param name="Origin">Where it is set.</param>
internal sealed record Entry(string Key, string Value, Origin Origin);
