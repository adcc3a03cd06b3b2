using TaskQueue.Configuration;
using TaskQueue.Doctor;
using TaskQueue.Files;
using TaskQueue.Plugins;

namespace TaskQueue.Cli.Doctor;

/// <summary>Whether workers can run as the users that their sections name, and these can read their plugins.</summary>
internal static class UserCheck
{
    private const string Name = "users";

    public static async Task<IReadOnlyList<Finding>> RunAsync(
        TaskQueueConfiguration configuration, PluginCatalog catalog, HostFacts host, CancellationToken cancellationToken)
    {
        var findings = new List<Finding>();
        var all = Sections.Of(configuration, catalog)
            .Select(section => section with { Options = section.Options with { User = section.Options.User ?? (host.IsRoot ? configuration.Service.WorkerUser : null) } })
            .ToList();
        var groups = all.Where(section => section.Options.User is not null).ToList();
        if (host.IsRoot && all.Count > groups.Count)
        {
            findings.Add(new Finding(
                Severity.Error,
                Name,
                $"{string.Join(", ", all.Where(section => section.Options.User is null).Select(section => $"[{section.Section}]"))}: nothing says as whom to run; a pool that runs as root starts no worker for that",
                "Set worker_user in [taskqueue], or user in the section (user = root for root)."));
        }

        foreach (var (section, type, options) in groups)
        {
            var user = options.User!;
            if (await HostFacts.FindAccountAsync(user, cancellationToken) is not { } account)
            {
                findings.Add(new Finding(
                    Severity.Error, Name, $"[{section}] user = \"{user}\": this host has no such user; no worker is started for the section", $"useradd --system {user}, or correct the name."));
            }
            else if (!host.IsRoot && user != host.User)
            {
                findings.Add(new Finding(
                    Severity.Note,
                    Name,
                    $"[{section}] user = \"{user}\": only root can switch users, this is \"{host.User}\"; it was not tried",
                    "Run the pool as root, and this check as the user of the pool."));
            }
            else if (host.IsRoot && WhoElse(type, options, catalog, account.Uid) is { } distrust)
            {
                findings.Add(new Finding(
                    Severity.Error, Name, $"[{section}] user = \"{user}\": {distrust.Path} leads to its code, and others than root and \"{user}\" can change it; a pool that runs as root starts no worker for the section", $"{distrust}."));
            }
            else if (host.IsRoot && await WhyNotAsync(user, account.Gid, PluginOf(type, catalog), cancellationToken) is { } reason)
            {
                findings.Add(new Finding(Severity.Error, Name, $"[{section}] user = \"{user}\": {reason}", "Give the user the right to read the plugin and to enter its folders (chmod o+rX)."));
            }
        }

        return findings.Count > 0 || groups.Count == 0
            ? findings
            : [new Finding(Severity.Ok, Name, $"{string.Join(", ", groups.Select(group => group.Options.User).Distinct(StringComparer.Ordinal))} can be switched to and read their plugins")];
    }

    private static string? PluginOf(WorkerTypeOptions type, PluginCatalog catalog) => type.Command is not null
        ? null
        : catalog.Workers.FirstOrDefault(worker => string.Equals(worker.WorkerType, type.Plugin, StringComparison.OrdinalIgnoreCase))?.AssemblyPath;

    private static FileDistrust? WhoElse(WorkerTypeOptions type, WorkerGroupOptions options, PluginCatalog catalog, uint user) => type.Command is { } command
        ? command.ProgramFiles(options.SearchPath)
            .Select(program => FileTrust.Find(program, user)).FirstOrDefault(distrust => distrust is not null)
        : PluginOf(type, catalog) is { } plugin ? PluginTrust.Find(plugin, catalog, user) : null;

    // As the pool does it.
    private static async Task<string?> WhyNotAsync(string user, uint group, string? plugin, CancellationToken cancellationToken)
    {
        string[] become = ["--reuid", user, "--regid", $"{group}", "--init-groups", "--no-new-privs", "--"];
        if ((await HostFacts.RunAsync("/usr/bin/setpriv", [.. become, "/usr/bin/true"], cancellationToken)).ExitCode != 0)
        {
            return "setpriv cannot switch to it; a container or a sandbox may have taken that right from root";
        }

        return plugin is null || (await HostFacts.RunAsync("/usr/bin/setpriv", [.. become, "/usr/bin/test", "-r", plugin], cancellationToken)).ExitCode == 0
            ? null
            : $"it cannot read {plugin}";
    }
}
