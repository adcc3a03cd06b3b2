using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Messaging;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether all plugins can be loaded, and every worker type that is configured has one.</summary>
internal static class PluginCheck
{
    private const string Name = "plugins";

    public static IEnumerable<Finding> Run(TaskQueueConfiguration configuration, PluginCatalog catalog)
    {
        var folder = configuration.Service.PluginDir;
        foreach (var problem in catalog.Problems.Where(problem => !problem.IsNote))
        {
            yield return new Finding(Severity.Error, Name, $"{problem.Path}: {problem.Message}", "Its tasks wait in their queue; taskqueue plugins shows what the folder offers.");
        }

        var served = catalog.Workers.Select(worker => worker.WorkerType).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var sections = configuration.WorkerTypes.Where(type => configuration.Service.Runs(type.Name)).ToList();
        foreach (var type in sections.Where(type => type.Command is null && !served.Contains(type.Plugin)))
        {
            yield return new Finding(
                Severity.Warning,
                Name,
                $"{type.Location}: [{type.Name}]: no plugin in {folder} serves the worker type \"{type.Plugin}\"",
                "Install it, correct the name of the section, or leave the type out of workers in [taskqueue] where it runs elsewhere.");
        }

        foreach (var name in (configuration.Service.OnlyTypes ?? []).Where(name => !served.Contains(configuration.ForType(name).Plugin)
            && !sections.Exists(type => string.Equals(type.Name, name, StringComparison.OrdinalIgnoreCase))))
        {
            yield return new Finding(Severity.Warning, Name, $"[taskqueue] workers: no plugin in {folder} serves the worker type \"{name}\"", "Install it, or remove the name.");
        }

        yield return new Finding(Severity.Ok, Name, $"{Quantity.Of(catalog.Workers.Count, "worker type")} and {Quantity.Of(catalog.Formats.Count, "format")} in {folder}");
    }
}
