using System.Numerics;

namespace TaskQueue.Messaging.Events;

/// <summary>The steps by which times are counted: each reaches to √2 times the end of the one before, the first to 0.1 ms, the last to four days and all beyond.</summary>
public static class TimeBuckets
{
    /// <summary>How many there are.</summary>
    public const int Count = 64;

    // Of 100 ns: 0.1 ms.
    private const ulong FirstTicks = 1000;

    /// <summary>The number of the one that a time is in.</summary>
    /// <param name="time">The time; less than nothing is nothing.</param>
    /// <returns>0 to 63.</returns>
    public static int Of(TimeSpan time)
    {
        if (time.Ticks <= (long)FirstTicks)
        {
            return 0;
        }

        // The square of the time in units of the first step, rounded up: each step doubles it.
        var ratio = Math.Min(((ulong)time.Ticks + FirstTicks - 1) / FirstTicks, uint.MaxValue);
        var square = ratio * ratio;
        return Math.Min(BitOperations.Log2(square - 1) + 1, Count - 1);
    }

    /// <summary>The longest time that is in one.</summary>
    /// <param name="bucket">Its number.</param>
    /// <returns>The time; of the last one the shortest that may be in it times √2.</returns>
    public static TimeSpan UpperBound(int bucket) => TimeSpan.FromTicks((long)(FirstTicks * Math.Pow(2, bucket / 2d)));
}
