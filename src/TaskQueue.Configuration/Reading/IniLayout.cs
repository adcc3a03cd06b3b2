namespace TaskQueue.Configuration.Reading;

/// <summary>
/// Which sections and keys there are, in their order and spelled as their author did, and where. Their values are the
/// framework's business, which knows neither order nor places.
/// </summary>
internal sealed class IniLayout
{
    /// <summary>Sections by name, without regard to case.</summary>
    public OrderedDictionary<string, SectionPlace> Sections { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The files that set a key, also one that a later file sets again.</summary>
    public HashSet<string> SettingFiles { get; } = [];

    public SectionPlace GetOrAdd(string name, Origin origin)
    {
        if (!Sections.TryGetValue(name, out var section))
        {
            Sections.Add(name, section = new SectionPlace(name, origin));
        }

        return section;
    }
}

/// <summary>A section's name and place, and those of its keys.</summary>
internal sealed class SectionPlace(string name, Origin origin)
{
    public string Name { get; } = name;

    public Origin Origin { get; } = origin;

    /// <summary>Where each key is set, without regard to case.</summary>
    public OrderedDictionary<string, Origin> Keys { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>What the framework calls a key of this section.</summary>
    public string PathOf(string key) => $"{Name}:{key}";
}
