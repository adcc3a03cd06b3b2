namespace TaskQueue.Messaging.RabbitMq;

/// <summary>How long to wait before the next connection, by how the last ones went.</summary>
/// <remarks>A broker that takes connections and ends each at once, as it does at a limit, is asked no more often than one that does not answer.</remarks>
internal static class SessionBackOff
{
    /// <summary>The first delay; each next one is twice as long.</summary>
    public static readonly TimeSpan First = TimeSpan.FromMilliseconds(100);

    /// <summary>The longest delay, and how long a session has to last for the next one to follow at once.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    /// <summary>Whether a session ended so soon that the next one may fare no better.</summary>
    /// <param name="lasted">How long there was one.</param>
    public static bool IsShort(TimeSpan lasted) => lasted < Longest;

    /// <summary>How long to wait.</summary>
    /// <param name="shortSessions">How many sessions in a row were short.</param>
    public static TimeSpan Delay(int shortSessions)
    {
        // Beyond this the longest is reached.
        const int MostDoublings = 10;
        return shortSessions == 0
            ? TimeSpan.Zero
            : TimeSpan.FromTicks(Math.Min(Longest.Ticks, First.Ticks << Math.Min(shortSessions - 1, MostDoublings)));
    }
}
