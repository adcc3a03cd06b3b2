using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using TaskQueue.Configuration;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>All that one worker process is started and treated with.</summary>
/// <param name="Name">Its name in logs, such as <c>resize#2</c> or <c>resize_nightly#1</c>.</param>
/// <param name="Configure">What it is told to load.</param>
/// <param name="Launch">How it is started.</param>
/// <param name="Options">The settings of its group.</param>
internal sealed record WorkerSpec(string Name, ConfigureFrame Configure, LaunchCommand Launch, WorkerGroupOptions Options)
{
    /// <summary>The worker type.</summary>
    public string WorkerType => Configure.WorkerType;

    /// <summary>Changes with everything that a running process cannot take over: a reload replaces the process when it differs.</summary>
    public string Fingerprint { get; } = FingerprintOf(Configure, Launch, Options);

    private static string FingerprintOf(ConfigureFrame configure, LaunchCommand launch, WorkerGroupOptions options)
    {
        var everything = new ArrayBufferWriter<byte>();
        FrameCodec.Write(configure, everything);
        var text = new StringBuilder();
        text.AppendJoin('\0', launch.Arguments).Append('\0').AppendJoin('\0', launch.Environment);
        // How many instances there are is no matter of each; dictionaries, of which a record shows nothing, are in the two others.
        text.Append($"\0{launch.Path}\0{options with { Workers = 1 }}");
        foreach (var path in (IEnumerable<string>)[configure.Plugin.AssemblyPath, .. configure.Formats.Select(format => format.AssemblyPath)])
        {
            // Every file beside the plugin's own DLL may be one of its dependencies.
            foreach (var file in new DirectoryInfo(Path.GetDirectoryName(path)!).EnumerateFiles("*.dll").OrderBy(file => file.Name, StringComparer.Ordinal))
            {
                if (IsPartOf(path, file))
                {
                    text.Append($"\0{file.FullName}\0{file.Length}\0{file.LastWriteTimeUtc.Ticks}");
                }
            }
        }

        everything.Write(Encoding.UTF8.GetBytes(text.ToString()));
        return Convert.ToHexString(SHA256.HashData(everything.WrittenSpan));
    }

    // In a folder of its own (x/x.dll) all DLLs belong to the plugin; in the plugin folder itself only its own file does.
    private static bool IsPartOf(string pluginPath, FileInfo file) =>
        file.FullName == pluginPath
        || string.Equals(file.Directory!.Name, Path.GetFileNameWithoutExtension(pluginPath), StringComparison.Ordinal);
}
