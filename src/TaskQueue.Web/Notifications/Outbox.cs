using TaskQueue.Configuration;

namespace TaskQueue.Web.Notifications;

/// <summary>What a target is yet to be told: gathered by what it is about, within bounds, and told again and again until somebody takes it.</summary>
/// <param name="options">Of what it is told, and how often.</param>
/// <param name="state">What is under way; it changes.</param>
internal sealed class Outbox(NotificationOptions options, OutboxState state)
{
    /// <summary>How many things a notification tells of; of more it says how many.</summary>
    public const int Most = 100;

    /// <summary>For how long one is tried.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5), LongestPause = TimeSpan.FromMinutes(10);

    /// <summary>Adds what the target is to be told of.</summary>
    public void Add(IEnumerable<Occurrence> occurrences)
    {
        foreach (var occurrence in occurrences.Where(IsWanted))
        {
            var at = state.Waiting.FindIndex(waiting => waiting.Kind == occurrence.Kind && waiting.Subject == occurrence.Subject);
            if (at >= 0)
            {
                state.Waiting[at] = state.Waiting[at].With(occurrence);
            }
            else if (state.Waiting.Count < Most)
            {
                state.Waiting.Add(occurrence);
            }
            else
            {
                state.Omitted++;
            }
        }
    }

    /// <summary>What is to be sent now: the same as before, as long as it was not taken.</summary>
    /// <param name="at">Now.</param>
    /// <returns>It, or <see langword="null"/> when it is not yet time or there is nothing.</returns>
    public Notification? Due(DateTimeOffset at)
    {
        if (state.UnderWay is null && state.Waiting.Count > 0 && (state.LastSent is not { } sent || at - sent >= options.Every || at < sent))
        {
            state.UnderWay = new Notification(Guid.CreateVersion7(at).ToString(), at, [.. state.Waiting], state.Omitted);
            (state.Waiting, state.Omitted, state.Tries, state.NextTry) = ([], 0, 0, at);
        }

        return state.UnderWay is not null && at >= state.NextTry ? state.UnderWay : null;
    }

    /// <summary>It was taken.</summary>
    public void Taken(DateTimeOffset at) => (state.UnderWay, state.LastSent) = (null, at);

    /// <summary>It was not taken.</summary>
    /// <returns>When it is tried again; <see langword="null"/> when it was tried for long enough.</returns>
    public DateTimeOffset? NotTaken(DateTimeOffset at)
    {
        if (state.UnderWay is not { } notification || at - notification.At >= Patience)
        {
            (state.UnderWay, state.LastSent) = (null, at);
            return null;
        }

        var pause = TimeSpan.FromSeconds(FirstPause.TotalSeconds * Math.Pow(2, Math.Min(state.Tries++, 10)));
        return state.NextTry = at + (pause < LongestPause ? pause : LongestPause);
    }

    private bool IsWanted(Occurrence occurrence) =>
        options.Kinds.Contains(occurrence.Kind)
        && (options.WorkerTypes is null || occurrence.WorkerType is null || options.WorkerTypes.Contains(occurrence.WorkerType, StringComparer.Ordinal));
}

/// <summary>What an <see cref="Outbox"/> remembers, also over restarts.</summary>
internal sealed class OutboxState
{
    /// <summary>What is gathered.</summary>
    public List<Occurrence> Waiting { get; set; } = [];

    /// <summary>How much more there was.</summary>
    public int Omitted { get; set; }

    /// <summary>What nobody has taken yet.</summary>
    public Notification? UnderWay { get; set; }

    /// <summary>How often that was tried.</summary>
    public int Tries { get; set; }

    /// <summary>When it is tried next.</summary>
    public DateTimeOffset NextTry { get; set; }

    /// <summary>When the last one was taken.</summary>
    public DateTimeOffset? LastSent { get; set; }
}
