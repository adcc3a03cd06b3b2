namespace TaskQueue.Chaos.Ledgers;

/// <summary>One run of a task, as its worker wrote it down. Times are timestamps of the machine's monotonic clock.</summary>
/// <param name="Id">The task's message id.</param>
/// <param name="Site">The pool.</param>
/// <param name="Pid">The worker process.</param>
/// <param name="Start">When it started.</param>
/// <param name="End">When it ended, if it did.</param>
internal sealed record TaskRun(string Id, string Site, int Pid, long Start, long? End)
{
    /// <summary>Whether it was under way at a time, or cut short before that.</summary>
    public bool IsOpenAt(long time) => Start <= time && (End is null || End > time);
}
