using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Cgroups;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>Says by which control group a section's workers are held to their limits, or why they do not run.</summary>
/// <param name="host">This host.</param>
/// <param name="service">The options of the service.</param>
internal sealed class SectionLimits(PlanFacts host, ServiceOptions service)
{
    private const string Memory = "memory";

    // A worker that runs commands: the runtime's files and its own, then pipes and what else a command takes while it is started and runs.
    private const int FilesOfWorker = 80, FilesOfCommand = 8;

    private readonly Lazy<CgroupSupport> _support = new(() => host.FindCgroups(service.CgroupDir));
    private readonly List<string> _problems = [], _notes = [];

    /// <summary>A line for each section that cannot have its limits, and is refused.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>A line for each section that runs without its limits.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Plans the group of a section's workers.</summary>
    /// <param name="section">Its name.</param>
    /// <param name="options">Its settings.</param>
    /// <param name="runsCommand">Whether its workers run a command: then not they are killed where memory is used up, but what the command has started.</param>
    /// <param name="plan">The group, or <see langword="null"/> to have none.</param>
    /// <returns>Why the section cannot run, or <see langword="null"/> when it can.</returns>
    public string? Refuses(string section, WorkerGroupOptions options, bool runsCommand, out CgroupPlan? plan)
    {
        plan = null;
        if (runsCommand && options.LimitNoFile is { } files && files < FilesOfWorker + (FilesOfCommand * (long)options.Concurrency))
        {
            var few = $"limit_nofile = {files}: expected at least {FilesOfWorker + (FilesOfCommand * (long)options.Concurrency)} for concurrency = {options.Concurrency}";
            _problems.Add($"[{section}] {few}. No worker is started for the section, those that run already go on.");
            return few;
        }

        var lacking = options.Limits.Needs.Select(need => (need.Key, Reason: _support.Value.WhyNot(need.Controller))).FirstOrDefault(need => need.Reason is not null);
        if (lacking is { Reason: { } why, Key: var key })
        {
            if (service.Cgroups == CgroupUse.Optional)
            {
                _notes.Add($"[{section}] {key} is not in force: {why}. The section runs without limits, for [taskqueue] cgroups = optional.");
                return null;
            }

            var reason = $"{key}: {why}";
            _problems.Add($"[{section}] {reason}. No worker is started for the section, those that run already go on; [taskqueue] cgroups = optional runs it without limits.");
            return reason;
        }

        var settings = CgroupSetting.Of(options.Limits);
        if ((settings.Count > 0 || options.ReportUsage) && _support.Value.Folder is { } folder)
        {
            // What a task has used is told best by a group; without one, less well.
            var told = options.ReportUsage ? _support.Value.Controllers.Intersect([Memory], StringComparer.Ordinal) : [];
            plan = new CgroupPlan(folder, [.. options.Limits.Needs.Select(need => need.Controller).Union(told, StringComparer.Ordinal)], settings, KillsAll: !runsCommand);
        }

        return null;
    }
}
