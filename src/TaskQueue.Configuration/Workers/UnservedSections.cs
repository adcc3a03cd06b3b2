using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration.Workers;

/// <summary>Finds the sections that nothing on this host will run, since <c>[taskqueue] workers</c> does not list their types.</summary>
internal static class UnservedSections
{
    // Nearer to a listed type than this, a name is more likely a slip than a type that runs elsewhere.
    private const int Near = 2;

    /// <summary>Reports a section as wrong that is most likely meant for a type that is listed, and warns of any other.</summary>
    /// <param name="types">The types that have sections.</param>
    /// <param name="listed">The types that run on this host; <see langword="null"/> for all.</param>
    /// <param name="problems">Takes what is found.</param>
    public static void Check(IReadOnlyList<TypeSections> types, IReadOnlyList<string>? listed, Problems problems)
    {
        if (listed is null)
        {
            return;
        }

        var withoutSection = listed.Where(name => !types.Any(type => IsSame(type.Name, name))).ToList();
        foreach (var (name, section, _) in types.Where(type => !listed.Any(name => IsSame(name, type.Name))))
        {
            if (Spelling.Nearest(name, withoutSection, Near) is { } meant)
            {
                problems.Add(
                    section.Origin,
                    $"[{section.Name}] would be read by nobody: workers of [{IniNames.TaskQueue}] lists {meant}, and not {name}. Did you mean [{meant}]? If both are worker types, give {meant} a section too.");
            }
            else
            {
                problems.Warn(
                    section.Origin, $"[{section.Name}] is not run on this host: workers of [{IniNames.TaskQueue}] does not list {name}.");
            }
        }
    }

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);
}
