using System.Collections.ObjectModel;

namespace TaskQueue.WorkerProtocol;

/// <summary>Pool to worker, first: what to load and how to run it.</summary>
public sealed record ConfigureFrame : Frame
{
    /// <summary>The sender's <see cref="Frame.ProtocolVersion"/>.</summary>
    public int Version { get; init; } = ProtocolVersion;

    /// <summary>The name of the instance in logs, such as <c>resize#2</c>.</summary>
    public required string Worker { get; init; }

    /// <summary>The worker type that the tasks are sent to.</summary>
    public required string WorkerType { get; init; }

    /// <summary>Which class of which DLL does the work, unless a <see cref="Command"/> does.</summary>
    public PluginClass? Plugin { get; init; }

    /// <summary>The command that does the work, unless a <see cref="Plugin"/> does.</summary>
    public CommandToRun? Command { get; init; }

    /// <summary>Formats from plugins, besides the built-in ones.</summary>
    public IReadOnlyList<PluginClass> Formats { get; init; } = [];

    /// <summary>Work item type by content type; empty for the built-in map.</summary>
    public IReadOnlyDictionary<string, string> WorkItemTypeMap { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The content type of messages without one.</summary>
    public string DefaultWorkItemType { get; init; } = WorkItemFormats.DefaultContentType;

    /// <summary>The plugin's own settings.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>How many tasks run at once.</summary>
    public int Concurrency { get; init; } = 1;

    /// <summary>After how long without a task the plugin's idle callback runs.</summary>
    /// <value><see cref="TimeSpan.Zero"/> for never.</value>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>The most bytes of the bodies of one task's results. The pool ends a worker that sends more.</summary>
    public long MaxResultBytes { get; init; } = FrameCodec.MaxFrameBytes;
}

/// <summary>A public class in a plugin DLL.</summary>
/// <param name="AssemblyPath">The absolute path of the DLL.</param>
/// <param name="TypeName">The full name of the class.</param>
public sealed record PluginClass(string AssemblyPath, string TypeName);

/// <summary>Pool to worker: a task to run.</summary>
public sealed record TaskFrame : Frame
{
    /// <summary>Identifies the task in this conversation.</summary>
    /// <value>From 1; 0 means "no task" in <see cref="LogFrame"/>.</value>
    public required long TaskId { get; init; }

    /// <summary>The message's <c>message-id</c>.</summary>
    public required string MessageId { get; init; }

    /// <summary>The correlation id that the result will have.</summary>
    public required string CorrelationId { get; init; }

    /// <summary>How often the task has been started, this time included.</summary>
    public int Attempt { get; init; } = 1;

    /// <summary>The message's content type, if it has one.</summary>
    public string? ContentType { get; init; }

    /// <summary>The message's content encoding, if it has one. The body is as it was sent.</summary>
    public string? ContentEncoding { get; init; }

    /// <summary>Whether the header <c>worker-type</c> brought the message here.</summary>
    public bool DispatchedByHeader { get; init; }

    /// <summary>The message's headers: text, long, double, bool, byte[] or null.</summary>
    public IReadOnlyDictionary<string, object?> Headers { get; init; } = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>The names of headers that could not be handed over.</summary>
    public IReadOnlyList<string> OmittedHeaders { get; init; } = [];

    /// <summary>The message's body.</summary>
    public ReadOnlyMemory<byte> Body { get; init; }
}

/// <summary>Pool to worker: fire the task's cancellation token. One that has not been started comes back as
/// <see cref="TaskOutcome.NotStarted"/>.</summary>
/// <param name="TaskId">The task; one that has ended meanwhile is ignored.</param>
public sealed record CancelFrame(long TaskId) : Frame;

/// <summary>Pool to worker: give every task back that has no place yet, as <see cref="TaskOutcome.NotStarted"/>. One that has had a place for seconds and
/// still does not run comes back as well: that process is of no use any more.</summary>
public sealed record RecallFrame : Frame;

/// <summary>Pool to worker: finish what runs, then exit with 0.</summary>
public sealed record StopFrame : Frame;
