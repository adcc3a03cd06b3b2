using TaskQueue.Configuration;
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
        var groups = Sections.Of(configuration, catalog).Where(section => section.Options.User is not null).ToList();
        foreach (var (section, type, options) in groups)
        {
            var user = options.User!;
            if (await HostFacts.FindPrimaryGroupAsync(user, cancellationToken) is not { } primary)
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
            else if (host.IsRoot && await WhyNotAsync(user, primary, PluginOf(type, catalog), cancellationToken) is { } reason)
            {
                findings.Add(new Finding(Severity.Error, Name, $"[{section}] user = \"{user}\": {reason}", "Give the user the right to read the plugin and to enter its folders (chmod o+rX)."));
            }
        }

        return findings.Count > 0 || groups.Count == 0
            ? findings
            : [new Finding(Severity.Ok, Name, $"{string.Join(", ", groups.Select(group => group.Options.User).Distinct(StringComparer.Ordinal))} can be switched to and read their plugins")];
    }

    private static string? PluginOf(WorkerTypeOptions type, PluginCatalog catalog) =>
        catalog.Workers.FirstOrDefault(worker => string.Equals(worker.WorkerType, type.Plugin, StringComparison.OrdinalIgnoreCase))?.AssemblyPath;

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
