using System.Collections.Concurrent;
using TaskQueue.Web.Access;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>The activity of the last hour, looked up once in a while for all who may see the same worker types.</summary>
/// <param name="history">Has counted it, where that is kept.</param>
/// <param name="time">The clock.</param>
internal sealed class ActivityView(TaskHistory? history, TimeProvider time)
{
    // Services tell of whole minutes.
    private static readonly TimeSpan Kept = TimeSpan.FromSeconds(5);

    // Of callers that are no more.
    private const int MostKept = 100;

    private readonly ConcurrentDictionary<string, Fresh<Activity>> _known = new(StringComparer.Ordinal);

    /// <summary>What was done in the last hour with what a caller may see.</summary>
    public Task<Activity> GetAsync(Caller caller, CancellationToken cancellationToken)
    {
        if (history is null)
        {
            return Task.FromResult(Activity.None);
        }

        if (_known.Count >= MostKept)
        {
            _known.Clear();
        }

        return _known.GetOrAdd(caller.TypesText, _ => new Fresh<Activity>(() => LoadAsync(history, caller.Types), Kept, time)).GetAsync(cancellationToken);
    }

    private async Task<Activity> LoadAsync(TaskHistory history, IReadOnlySet<string>? allowed)
    {
        var (from, to) = TypeActivity.Hour(time.GetUtcNow());
        try
        {
            var points = await history.Reader.CountsAsync(new CountQuery(from, to, StepSeconds: 60) { ByType = true, Allowed = allowed }, CancellationToken.None);
            var (all, types) = (new TypeActivity(), new Dictionary<string, TypeActivity>(StringComparer.Ordinal));
            foreach (var point in points)
            {
                all.Add(point, from);
                if (point.Type is { } type)
                {
                    types.TryAdd(type, new TypeActivity());
                    types[type].Add(point, from);
                }
            }

            return new Activity(all, types, CoverageText.Of(await history.Reader.CoverageAsync(from * 1000, to * 1000, CancellationToken.None), history.Trouble));
        }
        catch (HistoryUnreadableException e)
        {
            return Activity.None with { Lacks = [$"The history cannot be read: {e.Message}"] };
        }
    }
}

/// <summary>What was done in the last hour.</summary>
/// <param name="All">With all tasks.</param>
/// <param name="Types">With those of each worker type.</param>
/// <param name="Lacks">What the history lacks for this time.</param>
internal sealed record Activity(TypeActivity All, IReadOnlyDictionary<string, TypeActivity> Types, IReadOnlyList<string> Lacks)
{
    /// <summary>Where nothing is known.</summary>
    public static Activity None { get; } = new(new TypeActivity(), new Dictionary<string, TypeActivity>(StringComparer.Ordinal), []);
}
