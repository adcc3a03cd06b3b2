using System.Collections.ObjectModel;

namespace TaskQueue.WorkerProtocol;

/// <summary>The command that a worker process runs for each task, in the place of a plugin.</summary>
public sealed record CommandToRun
{
    /// <summary>The program and its arguments, each as the parts that it is put together from.</summary>
    public required IReadOnlyList<IReadOnlyList<ArgumentPart>> Arguments { get; init; }

    /// <summary>The content type of what it prints.</summary>
    public required string ResultContentType { get; init; }

    /// <summary>The field of a Ruote workitem that its output goes into, or <see langword="null"/> when the output is the result.</summary>
    public string? ResultField { get; init; }

    /// <summary>How much it may print.</summary>
    public required long MaxOutputBytes { get; init; }

    /// <summary>Exit codes that mean something else than usual.</summary>
    public IReadOnlyDictionary<int, TaskOutcome> ExitCodes { get; init; } = ReadOnlyDictionary<int, TaskOutcome>.Empty;
}

/// <summary>A part of an argument.</summary>
/// <param name="Source">Where it comes from.</param>
/// <param name="Text">The text itself, or the name of a field.</param>
public sealed record ArgumentPart(ArgumentSource Source, string Text = "");

/// <summary>Where a part of an argument comes from.</summary>
public enum ArgumentSource : byte
{
    /// <summary>From the configuration.</summary>
    Text,

    /// <summary>The path of a file with the task's body.</summary>
    BodyFile,

    /// <summary>The task's message id.</summary>
    MessageId,

    /// <summary>The worker type.</summary>
    WorkerType,

    /// <summary>A member of the task's JSON.</summary>
    Field,
}
