using Microsoft.Extensions.Logging;

namespace TaskQueue.Hosting.Systemd;

/// <summary>Says how the last reload went, in <c>$RUNTIME_DIRECTORY/reloaded-KIND</c>, to whoever waits for it (ExecReload= of the service's unit).</summary>
/// <param name="variable">Reads environment variables.</param>
/// <param name="kind">The kind of service: several may be in one process.</param>
/// <param name="logger">The log.</param>
internal sealed class ReloadNote(Func<string, string?> variable, string kind, ILogger logger)
{
    /// <summary>What is said where nothing was wrong.</summary>
    public const string Success = "ok";

    /// <summary>Replaces what was said of the reload before.</summary>
    /// <param name="problem">Why the new configuration is not in force, or <see langword="null"/>.</param>
    public void Write(string? problem)
    {
        if (variable("RUNTIME_DIRECTORY") is not { Length: > 0 } folder)
        {
            return;
        }

        var path = Path.Combine(folder, $"reloaded-{kind}");
        try
        {
            // Whole at once: somebody is waiting for the file to appear.
            File.WriteAllText(path + ".new", (problem ?? Success) + "\n");
            File.Move(path + ".new", path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            logger.ReloadNoteFailed(path, e.Message);
        }
    }
}
