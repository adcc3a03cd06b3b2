using TaskQueue.Configuration.Keys;
using TaskQueue.Configuration.Reading;

namespace TaskQueue.Configuration.Workers;

/// <summary>Tells the sections of worker types from those of their groups, in both dialects.</summary>
/// <remarks>
/// <para>
/// A section belongs to a group when a type lists the group's name, and never because of its own name alone: with
/// <c>[image]</c> and <c>[image_resize]</c> there are two worker types, unless <c>[image]</c> lists <c>resize</c>.
/// </para>
/// <para>
/// Of the rest, <c>[worker_x]</c> is the type <c>x</c> in the second dialect, always: a type whose own name is
/// <c>worker_x</c> has the section <c>[worker_worker_x]</c>, as its queue is called. A group's section is found in the
/// dialect of its type first, then in the other.
/// </para>
/// </remarks>
internal sealed class SectionResolver
{
    // A name as near as this to a listed group's is more likely a slip than a type of its own.
    private const int Near = 2;

    // In shorter names two letters make too many others: "worker" and "broker".
    private const int LongName = 7;

    private readonly Problems _problems;
    private readonly IReadOnlyList<Section> _sections;

    // Sections of groups by name, each with the type that lists the group.
    private readonly Dictionary<string, Section> _claims = new(StringComparer.OrdinalIgnoreCase);

    private SectionResolver(IReadOnlyList<Section> sections, Problems problems)
    {
        _sections = sections;
        _problems = problems;
    }

    /// <summary>Resolves the sections that are not reserved.</summary>
    /// <returns>The types in the order of their sections.</returns>
    public static IReadOnlyList<TypeSections> Resolve(IEnumerable<Section> sections, Problems problems)
    {
        var resolver = new SectionResolver([.. sections.Where(section => !IniNames.IsReserved(section.Name))], problems);
        resolver.ClaimGroups();
        var types = resolver.FindTypes();
        resolver.WarnOfUnlisted(types);
        return types;
    }

    private static string TypeOf(Section section) =>
        IniNames.HasWorkerPrefix(section.Name) ? section.Name[IniNames.WorkerPrefix.Length..] : section.Name;

    private static string InOwnDialect(Section type, string group) => $"{type.Name}_{group}";

    private static string InOtherDialect(Section type, string group) =>
        IniNames.HasWorkerPrefix(type.Name) ? $"{TypeOf(type)}_{group}" : $"{IniNames.WorkerPrefix}{type.Name}_{group}";

    /// <summary>The entry that lists the groups of a section, if one does.</summary>
    private static Entry? ListOf(Section section) =>
        section.Find(WorkerKeys.Subgroups) is { } subgroups ? subgroups
        : section.Find(WorkerKeys.Workers) is { } workers && WorkerKeys.NamesGroups(workers.Value) ? workers
        : null;

    private static IEnumerable<string> GroupsOf(Section section) =>
        ListOf(section) is { } list ? Lists.Split(list.Value).Distinct(StringComparer.OrdinalIgnoreCase) : [];

    private static bool IsSame(string one, string other) => string.Equals(one, other, StringComparison.OrdinalIgnoreCase);

    private void ClaimGroups()
    {
        var groups = new Dictionary<string, Section>(StringComparer.OrdinalIgnoreCase);
        foreach (var type in _sections)
        {
            foreach (var group in GroupsOf(type))
            {
                // Ambiguous by its name in this file, or by the one that the effective settings are shown under.
                var (section, canonical) = (InOwnDialect(type, group), $"{TypeOf(type)}_{group}");
                var other = _claims.GetValueOrDefault(section) ?? groups.GetValueOrDefault(canonical);
                _claims.TryAdd(section, type);
                groups.TryAdd(canonical, type);
                if (other is not null)
                {
                    _problems.Add(
                        ListOf(type)!.Origin,
                        $"[{type.Name}] lists the group \"{group}\", whose section [{section}] could as well be a group of [{other.Name}] ({other.Origin.Text}); rename one of the groups.");
                }
            }
        }

        foreach (var type in _sections)
        {
            // [worker_worker] with the group "worker" would be its own group in the other dialect.
            foreach (var section in GroupsOf(type).Select(group => InOtherDialect(type, group)).Where(section => !IsSame(section, type.Name)))
            {
                _claims.TryAdd(section, type);
            }
        }
    }

    private List<TypeSections> FindTypes()
    {
        var types = new OrderedDictionary<string, TypeSections>(StringComparer.OrdinalIgnoreCase);
        foreach (var section in _sections.Where(section => !_claims.ContainsKey(section.Name)))
        {
            var name = TypeOf(section);
            if (types.TryGetValue(name, out var first))
            {
                _problems.Add(
                    section.Origin,
                    $"[{section.Name}] is the worker type \"{name}\" again, which [{first.Section.Name}] ({first.Section.Origin.Text}) is in the other dialect; keep one of the two.");
                continue;
            }

            CheckReserved(name, section);
            types.Add(name, new TypeSections(name, section, FindGroups(name, section)));
        }

        return [.. types.Values];
    }

    private List<GroupSection> FindGroups(string typeName, Section type)
    {
        var groups = new OrderedDictionary<string, GroupSection>(StringComparer.OrdinalIgnoreCase);
        if (ListOf(type) is not { } list)
        {
            return [];
        }

        var names = Lists.Split(list.Value);
        if (names.Length == 0)
        {
            _problems.Add(list.Origin, $"{KeyBinder.Quote(type, list)}: expected the names of groups.");
        }

        foreach (var name in names)
        {
            if (!WorkerTypeName.IsValid(name) || !WorkerTypeName.IsValid($"{typeName}_{name}"))
            {
                _problems.Add(list.Origin, $"{KeyBinder.Quote(type, list)}: expected names of groups that are names of worker types together with \"{typeName}_\" ({WorkerTypeName.Rule}).");
            }
            else if (!groups.TryAdd(name, new GroupSection(name, FindSection(type, name))))
            {
                _problems.Add(list.Origin, $"{KeyBinder.Quote(type, list)}: the group \"{name}\" is listed twice; remove one of the two.");
            }
        }

        return [.. groups.Values];
    }

    private Section? FindSection(Section type, string group)
    {
        var own = Claimed(InOwnDialect(type, group), type);
        var other = Claimed(InOtherDialect(type, group), type);
        if (own is not null && other is not null)
        {
            var (first, second) = own.Origin.IsUpTo(other.Origin) ? (own, other) : (other, own);
            _problems.Add(
                second.Origin,
                $"[{second.Name}] is the group \"{group}\" of [{type.Name}] again, which [{first.Name}] ({first.Origin.Text}) is in the other dialect; keep one of the two.");
        }

        return own ?? other;
    }

    private Section? Claimed(string name, Section type) =>
        _claims.TryGetValue(name, out var claimant) && claimant == type
            ? _sections.FirstOrDefault(section => IsSame(section.Name, name))
            : null;

    private void CheckReserved(string name, Section section)
    {
        if (!IniNames.HasWorkerPrefix(section.Name) && Spelling.Nearest(section.Name, IniNames.ReservedSections, most: section.Name.Length < LongName ? 1 : 2) is { } reserved)
        {
            _problems.Add(
                section.Origin, $"[{section.Name}]: did you mean [{reserved}]? The section of a worker type that is called {name} is [{IniNames.WorkerPrefix}{name}] then.");
        }
    }

    private void WarnOfUnlisted(IReadOnlyList<TypeSections> types)
    {
        foreach (var type in types.Where(type => type.Groups.Count > 0))
        {
            foreach (var other in types.Where(other => other.Name.StartsWith(type.Name + "_", StringComparison.OrdinalIgnoreCase)))
            {
                var name = other.Name[(type.Name.Length + 1)..];
                if (Spelling.Nearest(name, type.Groups.Select(group => group.Name), Near) is not null)
                {
                    _problems.Warn(
                        other.Section.Origin,
                        $"[{other.Section.Name}] is a worker type of its own: [{type.Section.Name}] ({type.Section.Origin.Text}) lists the groups {string.Join(", ", type.Groups.Select(group => group.Name))}. If \"{name}\" is one of them, list it there or correct the name.");
                }
            }
        }
    }
}
