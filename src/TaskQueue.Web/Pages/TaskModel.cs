using TaskQueue.Messaging.Control;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>What the page of a task shows.</summary>
/// <param name="Id">Its message id.</param>
internal sealed record TaskModel(string Id)
{
    /// <summary>What the history has of it.</summary>
    public TaskTimeline? Past { get; init; }

    /// <summary>The pool that has it, and what it says of it.</summary>
    public (ServiceIdentity Service, TaskReport Task)? Now { get; init; }

    /// <summary>The worker type, where it is known.</summary>
    public string? Type => Now?.Task.WorkerType ?? Past?.Task.Type;

    /// <summary>The state of now.</summary>
    public string State => Now is { } now ? now.Task switch { { Unsettled: true } => "unsettled", { Running: true } => TaskStates.Running, _ => TaskStates.Waiting } : Past?.Task.State ?? "unknown";

    /// <summary>What it waits for, or what it does, in a sentence.</summary>
    public string? Why { get; init; }

    /// <summary>Whether it can still be cancelled.</summary>
    public bool IsOpen { get; init; }

    /// <summary>What has happened to it, the oldest first.</summary>
    public IReadOnlyList<TaskStep> Steps { get; init; } = [];

    /// <summary>The latest body that is kept.</summary>
    public TaskBody? Body { get; init; }

    /// <summary>The headers that are kept with it.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>The latest result that is kept.</summary>
    public TaskBody? Result { get; init; }

    /// <summary>What the history lacks in its time.</summary>
    public IReadOnlyList<string> Lacks { get; init; } = [];

    /// <summary>Whether a history is kept here.</summary>
    public bool HasHistory { get; init; }
}

/// <summary>A body or a result.</summary>
/// <param name="ContentType">What it says that it is.</param>
/// <param name="Bytes">How large it is.</param>
/// <param name="Text">Its beginning.</param>
/// <param name="Length">How many characters are kept of it.</param>
internal sealed record TaskBody(string? ContentType, long? Bytes, string Text, int Length)
{
    /// <summary>Of the history, if it keeps one.</summary>
    public static TaskBody? Of(TaskTimeline? past, string kind)
    {
        if (past is null || HistoryJson.BodyOf(past, kind) is not { } body || (string?)body["text"] is not { } text)
        {
            return null;
        }

        return new TaskBody((string?)body["content_type"], (long?)body["bytes"], Say.Shortened(text, Say.LongText), text.Length);
    }
}
