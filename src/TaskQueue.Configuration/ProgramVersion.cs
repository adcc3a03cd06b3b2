using System.Reflection;
using System.Runtime.InteropServices;

namespace TaskQueue.Configuration;

/// <summary>What <c>--version</c> tells: the program's version, and of what else it is made that has security updates of its own.</summary>
public static class ProgramVersion
{
    /// <summary>The runtime: <c>.NET 10.0.12</c>.</summary>
    public static string Runtime => RuntimeInformation.FrameworkDescription;

    /// <summary>The line.</summary>
    /// <param name="parts">What it comes with besides the runtime, such as <c>SQLite 3.53.0</c>.</param>
    /// <returns>Such as <c>1.0.0 (.NET 10.0.12, SQLite 3.53.0)</c>.</returns>
    public static string Line(params IEnumerable<string> parts)
    {
        var program = Assembly.GetEntryAssembly() ?? typeof(ProgramVersion).Assembly;
        var version = program.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? program.GetName().Version?.ToString();
        return $"{version} ({string.Join(", ", parts.Prepend(Runtime))})";
    }
}
