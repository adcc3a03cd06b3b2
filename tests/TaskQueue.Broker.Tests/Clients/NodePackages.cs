using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Clients;

/// <summary>The scripts of Clients/node with the packages that their package-lock.json names, which npm fetches once for each build folder.</summary>
public sealed class NodePackages
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "Clients", "node");

    private readonly Lazy<string?> _missing = new(Fetch);

    /// <summary>Why they cannot be had, or null. A machine need not reach a registry.</summary>
    public string? Missing => _missing.Value;

    /// <summary>Runs a script.</summary>
    public static (int ExitCode, string Output, string Error) Run(string script, string argument) => Shell.Try("/usr/bin/env", "", "node", Path.Combine(Folder, script), argument);

    private static string? Fetch()
    {
        if (Shell.Try("/bin/sh", "", "-c", "command -v node && command -v npm").ExitCode != 0)
        {
            return "Needs Node.js and npm: apt-get install nodejs npm";
        }

        // npm writes this one last.
        if (File.Exists(Path.Combine(Folder, "node_modules", ".package-lock.json")))
        {
            return null;
        }

        var (exitCode, output, error) = Shell.Try(
            "/usr/bin/env", "", "npm", "ci", "--prefix", Folder, "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1", "--fetch-timeout=20000");
        return exitCode == 0 ? null : $"npm does not get the packages of {Folder}: {error}{output}";
    }
}
