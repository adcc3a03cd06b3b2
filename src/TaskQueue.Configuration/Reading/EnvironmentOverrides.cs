namespace TaskQueue.Configuration.Reading;

/// <summary>Settings from variables <c>TASKQUEUE__SECTION__KEY</c>.</summary>
/// <remarks>
/// Names of sections and keys are found without regard to case, and <c>_</c> in a variable also stands for the
/// <c>-</c> and <c>.</c> that names of variables cannot contain. A name that the file does not have is taken in lower case
/// if the variable is all in upper case, as it stands otherwise.
/// </remarks>
internal static class EnvironmentOverrides
{
    private const string Prefix = "TASKQUEUE__", Separator = "__", VariableKeyPrefix = "env_";

    /// <summary>Adds the variables' sections and keys to a layout.</summary>
    /// <returns>The values, by the framework's paths.</returns>
    public static Dictionary<string, string?> Apply(
        IniLayout layout, IReadOnlyDictionary<string, string> environment, Problems problems)
    {
        var values = new Dictionary<string, string?>(StringComparer.OrdinalIgnoreCase);
        foreach (var (variable, value) in environment
            .Where(entry => entry.Key.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            .OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            var origin = Origin.OfVariable(variable);
            if (Split(variable[Prefix.Length..], layout) is not var (sectionName, keyName))
            {
                problems.Add(origin, $"expected {Prefix}SECTION__KEY, where the section is {IniNames.ExpectedSection}, and the key has {IniNames.ExpectedKey}.");
                continue;
            }

            if (IniNames.FindControlCharacter(value) is { } control)
            {
                problems.Add(origin, $"the value contains the control character U+{(int)control:X4}; remove it.");
                continue;
            }

            var section = layout.GetOrAdd(sectionName, origin);
            var path = section.PathOf(keyName);
            if (!values.TryAdd(path, value))
            {
                problems.Add(origin, $"[{section.Name}] {keyName} is already set {section.Keys[keyName].Reference}; remove one of the two.");
                continue;
            }

            section.Keys[keyName] = origin;
        }

        return values;
    }

    private static (string Section, string Key)? Split(string name, IniLayout layout)
    {
        // A section's name may contain "__" itself: one that the file has counts before the first place to split.
        var splits = new List<(string Section, string Key)>();
        for (var at = name.IndexOf(Separator, StringComparison.Ordinal); at >= 0; at = name.IndexOf(Separator, at + 1, StringComparison.Ordinal))
        {
            splits.Add((name[..at], name[(at + Separator.Length)..]));
        }

        foreach (var (section, key) in splits)
        {
            if (Find(layout.Sections.Keys, section) is { } known)
            {
                return IniNames.IsKey(key) ? (known, KeyName(key, layout.Sections[known])) : null;
            }
        }

        return splits.Count > 0 && IniNames.IsSection(splits[0].Section) && IniNames.IsKey(splits[0].Key)
            ? (Spelled(splits[0].Section), KeyName(splits[0].Key, section: null))
            : null;
    }

    private static string KeyName(string key, SectionPlace? section)
    {
        if (section is not null && Find(section.Keys.Keys, key) is { } known)
        {
            return known;
        }

        // The rest of env_NAME is the name of a variable, where case matters.
        return key.StartsWith(VariableKeyPrefix, StringComparison.OrdinalIgnoreCase)
            ? VariableKeyPrefix + key[VariableKeyPrefix.Length..]
            : Spelled(key);
    }

    private static string? Find(IEnumerable<string> names, string name) =>
        names.FirstOrDefault(known => string.Equals(known, name, StringComparison.OrdinalIgnoreCase))
        ?? names.FirstOrDefault(known => string.Equals(
            known.Replace('-', '_').Replace('.', '_'), name, StringComparison.OrdinalIgnoreCase));

    private static string Spelled(string name) => name.Any(char.IsLower) ? name : name.ToLowerInvariant();
}
