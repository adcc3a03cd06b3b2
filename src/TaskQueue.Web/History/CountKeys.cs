using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>What is counted, in the column <c>what</c> of the table <c>counts</c>: words have numbers above 0, times those below.</summary>
internal static class CountKeys
{
    private const int WaitOffset = 1000;

    /// <summary>Runs that took as long as a bucket says.</summary>
    public static int OfRun(int bucket) => -1 - bucket;

    /// <summary>Tasks that waited as long as a bucket says.</summary>
    public static int OfWait(int bucket) => -1 - bucket - WaitOffset;

    /// <summary>Whether it is a time of a run, and the number of its bucket.</summary>
    public static bool IsRun(int what, out int bucket) => (bucket = -1 - what) is >= 0 and < TimeBuckets.Count;

    /// <summary>Whether it is a time of waiting, and the number of its bucket.</summary>
    public static bool IsWait(int what, out int bucket) => (bucket = -1 - what - WaitOffset) is >= 0 and < TimeBuckets.Count;
}
