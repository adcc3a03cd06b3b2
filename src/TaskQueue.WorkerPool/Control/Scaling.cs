using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.WorkerPool.Control;

/// <summary>Finds what is meant by the worker type, and maybe the group, that somebody wants more or fewer workers of.</summary>
internal static class Scaling
{
    /// <summary>The section.</summary>
    /// <param name="type">The worker type.</param>
    /// <param name="group">The group, or <see langword="null"/> for the only one.</param>
    /// <exception cref="ControlRefusedException">There is no such group, or several are meant.</exception>
    public static string SectionOf(WorkerTypeOptions type, string? group)
    {
        var names = type.Groups.Select(known => known.Group).ToList();
        if (group is null)
        {
            return names switch
            {
                [null] => type.Name,
                [var only] => $"{type.Name}_{only}",
                _ => throw new ControlRefusedException($"{type.Name} has the groups {string.Join(", ", names)}: say which one is meant"),
            };
        }

        return names.FirstOrDefault(name => string.Equals(name, group, StringComparison.OrdinalIgnoreCase)) is { } found
            ? $"{type.Name}_{found}"
            : throw new ControlRefusedException(names is [null] ? $"{type.Name} has no groups" : $"{type.Name} has no group {group}, but {string.Join(", ", names)}");
    }
}
