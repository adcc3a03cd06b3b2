using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Plans the processes of the sections of a worker type.</summary>
/// <param name="executable">The path of <c>taskqueue-worker</c>.</param>
/// <param name="host">What this host allows.</param>
/// <param name="service">The options of the service.</param>
/// <param name="users">As whom each section runs.</param>
/// <param name="limits">What holds each section to its limits.</param>
/// <param name="files">What every process loads besides its plugin.</param>
/// <param name="scales">How many workers a section has, where that is not what the configuration says.</param>
internal sealed class SectionPlanner(
    string executable, PlanFacts host, ServiceOptions service, SectionUsers users, SectionLimits limits, LoadedFiles files, IReadOnlyDictionary<string, int> scales)
{
    /// <summary>Plans a worker type.</summary>
    /// <param name="type">The type.</param>
    /// <param name="workOf">What the workers of a group do.</param>
    /// <param name="refuses">Why a section may not run that as a user, by the user's number; nothing when it may.</param>
    public TypePlan Plan(WorkerTypeOptions type, Func<WorkerGroupOptions, Work> workOf, Func<string, WorkerGroupOptions, uint, string?> refuses)
    {
        var workers = new List<WorkerSpec>();
        var refused = new List<RefusedSection>();
        foreach (var configured in type.Groups)
        {
            var section = configured.Group is null ? type.Name : $"{type.Name}_{configured.Group}";
            CgroupPlan? cgroup = null;
            var reason = users.Refuses(section, configured, out var user, out var switchTo)
                ?? refuses(section, configured, switchTo?.Uid ?? 0)
                ?? limits.Refuses(section, configured, runsCommand: type.Command is not null, out cgroup);
            if (reason is null)
            {
                var group = configured with { User = user, Workers = scales.TryGetValue(section, out var count) ? count : configured.Workers };
                workers.AddRange(PlanGroup(type, section, group, switchTo, cgroup, workOf(group)));
            }
            else
            {
                refused.Add(new RefusedSection(section, reason));
            }
        }

        return new TypePlan(type.Name, workers) { Refused = refused };
    }

    private IEnumerable<WorkerSpec> PlanGroup(WorkerTypeOptions type, string section, WorkerGroupOptions group, UnixUser? switchTo, CgroupPlan? cgroup, Work work)
    {
        var launch = LaunchCommand.Build(executable, group, switchTo, host.Variable, host.HasCultures);
        var state = files.StateWith(work.Plugin?.AssemblyPath);
        return Enumerable.Range(1, group.Workers).Select(number => new WorkerSpec(
            $"{section}#{number}",
            new ConfigureFrame
            {
                Worker = $"{section}#{number}",
                WorkerType = type.Name,
                Plugin = work.Plugin,
                Command = work.Command,
                Formats = files.Formats,
                WorkItemTypeMap = service.WorkItemTypeMap,
                DefaultWorkItemType = service.DefaultWorkItemType,
                Settings = group.Settings,
                Concurrency = group.Concurrency,
                IdleTimeout = group.IdleTimeout,
                MaxResultBytes = group.MaxResultBytes,
            },
            launch,
            group)
        {
            PluginFiles = state,
            Cgroup = cgroup,
            Runs = work.Description,
        });
    }
}
