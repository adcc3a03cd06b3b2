using TaskQueue.Web.Access;

namespace TaskQueue.Web.History;

/// <summary>The history, for whoever asks.</summary>
/// <param name="store">What is kept.</param>
/// <param name="keeper">Keeps it.</param>
/// <param name="time">The clock.</param>
internal sealed class TaskHistory(HistoryStore store, HistoryKeeper keeper, TimeProvider time)
{
    /// <summary>What is told where none is kept.</summary>
    public const string Off = "This service keeps no history ([history] enabled = no).";

    // What becomes of a failed task follows at once; where that was lost, nothing more will.
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>Reads it.</summary>
    public HistoryReader Reader => store.Reader;

    /// <summary>What keeps it from being whole now, if anything does.</summary>
    public string? Trouble => keeper.Trouble;

    /// <summary>A task that the caller may see.</summary>
    public async Task<TaskTimeline?> FindAsync(Caller caller, string id, CancellationToken cancellationToken) =>
        await Reader.TaskAsync(id, cancellationToken) is { } found && MaySee(caller, found.Task) ? found : null;

    /// <summary>Waits until a task is done with.</summary>
    /// <param name="caller">Who waits.</param>
    /// <param name="id">The task.</param>
    /// <param name="patience">For how long.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The task, as it is then; <see langword="null"/> when nothing has been told of it.</returns>
    public async Task<TaskTimeline?> EndOfAsync(Caller caller, string id, TimeSpan patience, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        try
        {
            while (true)
            {
                // Asked for first: what comes while it is looked up is news.
                var news = keeper.Waiters.NewsOf(id);
                var found = await FindAsync(caller, id, cancellationToken);
                var left = patience - time.GetElapsedTime(began);
                if (left <= TimeSpan.Zero || (found is not null && IsOver(found.Task)))
                {
                    return found;
                }

                // A failed task that nothing more is told of is done with after a while.
                await Task.WhenAny(news, Task.Delay(left < Settling ? left : Settling, time, cancellationToken));
                cancellationToken.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            keeper.Waiters.Forget(id);
        }
    }

    /// <summary>Whether nothing more is to come.</summary>
    public bool IsOver(HistoryTask task) => TaskStates.IsFinal(task.State)
        || (task.State == TaskStates.Failed && time.GetUtcNow() - DateTimeOffset.FromUnixTimeMilliseconds(task.StateAt) >= Settling);

    /// <summary>What the history lacks between two times, to stand beside every answer of it.</summary>
    public async Task<object> CoverageAsync(long from, long to, CancellationToken cancellationToken)
    {
        var lacks = await Reader.CoverageAsync(from, to, cancellationToken);
        return new
        {
            share = lacks.Share,
            sampled = lacks.Sampled.Select(time => new { since = HistoryJson.Time(time.Since), until = HistoryJson.Time(time.Until), share = time.Share, service = time.Service, host = time.Host }),
            gaps = lacks.Gaps.Select(gap => new { since = HistoryJson.Time(gap.Since), until = HistoryJson.Time(gap.Until), reason = gap.Reason, count = gap.Count, service = gap.Service, host = gap.Host }),
            trouble = Trouble,
        };
    }

    private static bool MaySee(Caller caller, HistoryTask task) => task.Type is { } type ? caller.MayUse(type) : caller.Types is null;
}
