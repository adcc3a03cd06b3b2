using TaskQueue.Configuration;
using TaskQueue.Doctor;

namespace TaskQueue.Cli.Doctor;

/// <summary>Which versions are installed here: of the programs, and of what they bring along that has security updates of its own.</summary>
internal static class ProgramCheck
{
    private const string Name = "programs", Broker = "taskqueue-broker";

    /// <summary>Looks at the programs in a folder.</summary>
    /// <param name="folder">Where this program lies, and the others beside it.</param>
    public static async Task<Finding> RunAsync(string folder, CancellationToken cancellationToken)
    {
        var broker = Path.Combine(folder, Broker);
        var (exitCode, version) = File.Exists(broker) ? await HostFacts.RunAsync(broker, ["--version"], cancellationToken) : (0, "");
        return exitCode != 0
            ? new Finding(Severity.Error, Name, $"{broker} does not start", "Install it again.")
            : new Finding(Severity.Ok, Name, $"taskqueue {ProgramVersion.Line()}{(version.Length > 0 ? $"; {Broker} {version.Trim()}" : "")}");
    }
}
