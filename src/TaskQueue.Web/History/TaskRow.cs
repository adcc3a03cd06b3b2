using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>A task as the history has it. Events of several services come in any order, by clocks that differ.</summary>
/// <param name="id">Its number.</param>
/// <param name="messageId">Its message id.</param>
/// <param name="at">Its place in lists.</param>
internal sealed class TaskRow(long id, string messageId, long at)
{
    // What a dispatcher tells is newer than what a pool has told only when it is that by more than clocks differ: a task was sent again.
    private const long ClockAllowanceMilliseconds = 5_000;

    // As much as lists show and search; the timeline has the whole of it.
    private const int LongestError = 1000;

    public long Id { get; } = id;

    public string MessageId { get; } = messageId;

    public long At { get; } = at;

    public bool IsNew { get; init; }

    public string? Type { get; set; }

    public string State { get; set; } = TaskStates.Waiting;

    public string? Outcome { get; set; }

    public string? Host { get; set; }

    public long StateAt { get; set; } = long.MinValue;

    public int Rank { get; set; } = -1;

    public int? Attempt { get; set; }

    public int Attempts { get; set; }

    public long? RunMicroseconds { get; set; }

    public string? Error { get; set; }

    /// <summary>Something has happened to it.</summary>
    /// <param name="told">What.</param>
    /// <param name="host">The host of the service that tells it.</param>
    public void Apply(TaskEvent told, string host)
    {
        Type = told.Type ?? Type;
        Attempts = Math.Max(Attempts, Math.Max(0, told.Attempt ?? 0));
        if (TaskStates.After(told) is not var (state, rank) || !IsNews(told, rank))
        {
            return;
        }

        (State, StateAt, Rank) = (state, Math.Max(told.At, StateAt), rank);
        Attempt = told.Kind is TaskEventKinds.Kicked ? null : told.Attempt ?? Attempt;
        if (told.Attempt is not null)
        {
            Host = host;
        }

        if (told.Kind is TaskEventKinds.Ended && told.Outcome is not TaskStates.Returned)
        {
            // A success after failures is one: the timeline has those.
            (Outcome, Error) = (told.Outcome, Shortened(told.Error));
            RunMicroseconds = told.RunMilliseconds is { } run and >= 0 and < 1e14 ? (long)(run * 1000) : null;
        }
        else if (told.Kind is TaskEventKinds.Rejected)
        {
            (Outcome, Error) = (TaskStates.Rejected, Shortened(told.Error));
        }
    }

    private static string? Shortened(string? error) => error is { Length: > LongestError } ? error[..LongestError] : error;

    private bool IsNews(TaskEvent told, int rank) => (told.Attempt, Attempt) switch
    {
        // Whoever does that to a task has seen it set aside. What has come of it since may be told before.
        (null, _) when told.Kind is TaskEventKinds.Kicked or TaskEventKinds.Deleted && TaskStates.IsAside(State) => told.At + ClockAllowanceMilliseconds >= StateAt,
        (null, null) => told.At >= StateAt,
        (null, not null) => told.At > StateAt + ClockAllowanceMilliseconds,
        (not null, null) => told.At + ClockAllowanceMilliseconds >= StateAt,
        var (now, before) when now == before => rank > Rank || told.At > StateAt + ClockAllowanceMilliseconds,
        var (now, before) => now > before || told.At > StateAt,
    };
}
