using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Supervision;

/// <summary>Workers whose process is a shell script, which never speaks the protocol.</summary>
internal static class Launches
{
    public static WorkerSpec Script(string name, string script) => Command(name, "/bin/sh", "-c", script);

    public static WorkerSpec Command(string name, string path, params string[] arguments) => new(
        name,
        new ConfigureFrame { Worker = name, WorkerType = "x", Plugin = new PluginClass("/plugins/x.dll", "X") },
        new LaunchCommand(path, arguments, new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = "/usr/bin:/bin" }),
        new WorkerGroupOptions());
}
