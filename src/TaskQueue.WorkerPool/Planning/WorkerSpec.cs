using System.Buffers;
using System.Collections.ObjectModel;
using System.Security.Cryptography;
using System.Text;
using TaskQueue.Configuration;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Planning;

/// <summary>All that one worker process is started and treated with.</summary>
/// <param name="Name">Its name in logs, such as <c>resize#2</c> or <c>resize_nightly#1</c>.</param>
/// <param name="Configure">What it is told to load.</param>
/// <param name="Launch">How it is started.</param>
/// <param name="Options">The settings of its group.</param>
internal sealed record WorkerSpec(string Name, ConfigureFrame Configure, LaunchCommand Launch, WorkerGroupOptions Options)
{
    private const int PluginMarkBytes = 6;

    /// <summary>The worker type.</summary>
    public string WorkerType => Configure.WorkerType;

    /// <summary>What it runs, for people: the path of a DLL, or a command as config.ini has it.</summary>
    public string Runs { get; init; } = "";

    /// <summary>The control group that it runs in, or <see langword="null"/> for that of the pool.</summary>
    public CgroupPlan? Cgroup { get; init; }

    /// <summary>The section that it comes from: its name without the number.</summary>
    public string Section => Name[..Name.LastIndexOf('#')];

    /// <summary>The user that it runs as.</summary>
    public string UserName => Options.User ?? Environment.UserName;

    /// <summary>The state of the files that it loads, see <see cref="Planning.PluginFiles"/>.</summary>
    public string PluginFiles
    {
        get;
        init
        {
            field = value;
            PluginMark = value.Length == 0 ? null : Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value)).AsSpan(0, PluginMarkBytes));
        }
    } = "";

    /// <summary>The same in a few characters, for the history: another one when any of the files is another.</summary>
    public string? PluginMark { get; private init; }

    /// <summary>Differs with everything that a running process cannot take over: a reload replaces the process when it does.</summary>
    public string Fingerprint
    {
        get
        {
            var everything = new ArrayBufferWriter<byte>();
            FrameCodec.Write(Configure, everything);
            var text = new StringBuilder();
            text.AppendJoin('\0', Launch.Arguments).Append('\0').AppendJoin('\0', Launch.Environment);

            // The environment and the plugin's settings are in the command and in the frame; their number is no matter of one process.
            var empty = ReadOnlyDictionary<string, string>.Empty;
            text.Append($"\0{Launch.Path}\0{Options with { Workers = 1, Environment = empty, Settings = empty }}\0{PluginFiles}\0{Cgroup?.Folder}");
            everything.Write(Encoding.UTF8.GetBytes(text.ToString()));
            return Convert.ToHexString(SHA256.HashData(everything.WrittenSpan));
        }
    }
}
