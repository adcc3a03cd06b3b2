using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>How far a task is, as lists say it.</summary>
internal static class TaskStates
{
    public const string Waiting = "waiting", Delayed = "delayed", Unroutable = "unroutable", Running = "running", Succeeded = "succeeded", Failed = "failed", Buried = "buried", Deleted = "deleted", Rejected = "rejected";

    /// <summary>The outcomes of runs that are no failure.</summary>
    public const string Success = "success", Returned = "returned";

    /// <summary>Whether nothing more is to come, unless somebody sets it going again.</summary>
    public static bool IsFinal(string state) => state is Succeeded or Buried or Deleted or Rejected;

    /// <summary>Whether it waits for somebody who sends it back or deletes it.</summary>
    public static bool IsAside(string state) => state is Buried or Rejected or Unroutable;

    /// <summary>What an event makes of a task, and how far on in a run that is; of a kind that nobody here knows, nothing.</summary>
    public static (string State, int Rank)? After(TaskEvent told) => told.Kind switch
    {
        TaskEventKinds.Dispatched or TaskEventKinds.Kicked => (Waiting, 0),
        TaskEventKinds.Delayed => (Delayed, 0),
        TaskEventKinds.Unroutable => (Unroutable, 0),
        TaskEventKinds.Rejected => (Rejected, 1),
        TaskEventKinds.Started => (Running, 1),
        TaskEventKinds.Progress => (Running, 2),
        TaskEventKinds.Ended => (told.Outcome switch { Success => Succeeded, Returned => Waiting, _ => Failed }, 3),
        TaskEventKinds.Retried => (told.Until is null ? Waiting : Delayed, 4),
        TaskEventKinds.Buried => (Buried, 4),
        TaskEventKinds.Deleted => (Deleted, 4),
        _ => null,
    };
}
