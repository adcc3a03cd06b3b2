namespace TaskQueue.Chaos.Storms;

/// <summary>How long something took, over many times.</summary>
/// <param name="Count">How many times.</param>
/// <param name="P50">The median, in seconds.</param>
/// <param name="P99">What 99 of 100 did not exceed, in seconds.</param>
internal sealed record Percentiles(int Count, double P50, double P99)
{
    public static Percentiles? Of(IEnumerable<TimeSpan> times)
    {
        var sorted = times.Order().ToArray();
        return sorted.Length == 0 ? null : new Percentiles(sorted.Length, At(sorted, 0.5), At(sorted, 0.99));
    }

    // The nearest rank: a time that was really measured.
    private static double At(TimeSpan[] sorted, double share) => sorted[Math.Max(0, (int)Math.Ceiling(share * sorted.Length) - 1)].TotalSeconds;
}
