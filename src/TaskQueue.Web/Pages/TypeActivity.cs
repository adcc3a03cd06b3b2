using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>What was done with the tasks of a worker type, or of all, in the last hour.</summary>
internal sealed class TypeActivity
{
    /// <summary>How many minutes are shown.</summary>
    public const int Minutes = 60;

    // Services tell their counts when a minute is over, and each has minutes of its own: the last two are not complete.
    private const int Incomplete = 2, RateMinutes = 5;

    private static readonly string[] NotEnded = ["dispatched", "unroutable", TaskStates.Rejected, TaskStates.Returned], NoFailures = [TaskStates.Success, "cancelled"];

    private readonly long[] _ended = new long[Minutes], _failed = new long[Minutes], _came = new long[Minutes];
    private readonly long[] _run = new long[TimeBuckets.Count], _wait = new long[TimeBuckets.Count];

    /// <summary>Runs that ended, in each minute, the oldest first.</summary>
    public IReadOnlyList<long> Ended => _ended;

    /// <summary>Runs that failed, likewise.</summary>
    public IReadOnlyList<long> Failed => _failed;

    /// <summary>How many tasks dispatchers set aside because they could not tell what they are.</summary>
    public long Rejected { get; private set; }

    /// <summary>How many tasks came a minute lately, repetitions included.</summary>
    public double CamePerMinute => _came[^RateMinutes..].Average();

    /// <summary>How many runs ended a minute lately.</summary>
    public double EndedPerMinute => _ended[^RateMinutes..].Average();

    /// <summary>How many runs failed a minute lately.</summary>
    public double FailedPerMinute => _failed[^RateMinutes..].Average();

    /// <summary>The share of runs that failed, of those of the hour.</summary>
    public double? FailedShare => _ended.Sum() is > 0 and var all ? (double)_failed.Sum() / all : null;

    /// <summary>The time that a share of the runs did not exceed.</summary>
    public TimeSpan? Run(double share) => CountPoint.Quantile(_run, share);

    /// <summary>The time that a share of the tasks did not wait longer than.</summary>
    public TimeSpan? Wait(double share) => CountPoint.Quantile(_wait, share);

    /// <summary>The hour that is shown now: its first second and the second after its last.</summary>
    public static (long From, long To) Hour(DateTimeOffset now)
    {
        var to = (now.ToUnixTimeSeconds() / 60 * 60) - (60 * (Incomplete - 1));
        return (to - (Minutes * 60), to);
    }

    /// <summary>Adds what was counted in a minute.</summary>
    /// <param name="point">The counts.</param>
    /// <param name="from">The first second of the hour.</param>
    public void Add(CountPoint point, long from)
    {
        if ((point.Start - from) / 60 is not (>= 0 and < Minutes and var minute))
        {
            return;
        }

        foreach (var (word, count) in point.Counts)
        {
            _came[minute] += word == "dispatched" ? count : 0;
            Rejected += word == TaskStates.Rejected ? count : 0;
            if (!NotEnded.Contains(word, StringComparer.Ordinal))
            {
                _ended[minute] += count;
                _failed[minute] += NoFailures.Contains(word, StringComparer.Ordinal) ? 0 : count;
            }
        }

        for (var bucket = 0; bucket < TimeBuckets.Count; bucket++)
        {
            _run[bucket] += point.Run[bucket];
            _wait[bucket] += point.Wait[bucket];
        }
    }
}
