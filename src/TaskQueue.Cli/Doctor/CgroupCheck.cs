using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Files;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether this host's kernel can hold workers to the limits that need a control group.</summary>
internal static class CgroupCheck
{
    private const string Name = "cgroups";

    public static IEnumerable<Finding> Run(TaskQueueConfiguration configuration, PluginCatalog catalog, Func<CgroupMount?> find)
    {
        var needs = Sections.Of(configuration, catalog).SelectMany(section => section.Options.Limits.Needs, (section, need) => (section.Section, need.Key, need.Controller)).ToList();
        if (needs.Count == 0)
        {
            yield break;
        }

        var own = configuration.Service.CgroupDir;
        var controllers = own is not null ? CgroupMount.ControllersOf(own) : find()?.Controllers ?? new HashSet<string>();
        var lacking = needs.Where(need => !controllers.Contains(need.Controller)).ToList();
        foreach (var (section, key, controller) in lacking)
        {
            yield return new Finding(
                configuration.Service.Cgroups == CgroupUse.Optional ? Severity.Warning : Severity.Error,
                Name,
                $"[{section}] {key}: {own ?? "this host"} has no controller \"{controller}\" of control groups of version 2; {(configuration.Service.Cgroups == CgroupUse.Optional ? "the section runs without limits" : "no worker of it starts")}",
                "Boot with systemd.unified_cgroup_hierarchy=1, or use limit_memory.");
        }

        if (lacking.Count == 0)
        {
            yield return new Finding(
                Severity.Ok, Name, own is not null ? $"{own} has what the sections ask for" : "the host has what the sections ask for; the pool needs a unit with Delegate=yes, as that of the package is");
        }
    }
}
