using TaskQueue.Configuration;

namespace TaskQueue.Standalone;

/// <summary>The configuration of whoever has none yet.</summary>
internal static class FirstConfiguration
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Writes it, unless there is one.</summary>
    /// <param name="data">The folder of the broker's database, which it is written into.</param>
    /// <param name="plugins">The folder of plugins.</param>
    /// <returns>Its path.</returns>
    /// <exception cref="ConfigurationException">It cannot be written.</exception>
    public static string Ensure(string data, string plugins)
    {
        var path = Path.Combine(data, "config.ini");
        try
        {
            if (!File.Exists(path))
            {
                Write(path, data, plugins);
            }

            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigurationException($"There is no --config, and none can be written: {e.Message}");
        }
    }

    private static void Write(string path, string data, string plugins)
    {
        Directory.CreateDirectory(data, Private | UnixFileMode.UserExecute);
        using var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = Private });
        using var text = new StreamWriter(file);
        text.Write($"""
            ; Written by taskqueue-standalone at its first start. Change it, and send SIGHUP, or start again; config.ini.example has all keys.
            ; Commands find it by --config, or by the variable TASKQUEUE_CONFIG.

            [amqp]
            host = embedded

            [broker]
            data_dir = "{data}"

            [web]
            ; listen = 127.0.0.1:8080
            data_dir = "{data}/web"

            [taskqueue]
            plugin_dir = "{plugins}"
            {(Environment.IsPrivilegedProcess ? "worker_user = nobody" : "; worker_user is for pools that run as root.")}

            """);
    }
}
