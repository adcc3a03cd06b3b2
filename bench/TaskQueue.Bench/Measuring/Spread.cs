namespace TaskQueue.Bench.Measuring;

/// <summary>A figure over several runs.</summary>
internal sealed record Spread(double Median, double Min, double Max)
{
    public static Spread? Of(IEnumerable<double> values) => Of([.. values.Order()], cut: 0);

    /// <summary>The median, and between what the true one lies with a probability of at least 95 %; of fewer than six values, between what they lie.</summary>
    /// <remarks>Of n values, the true median is outside of all but the k outermost on each side as often as n coins show at most k heads, or tails.</remarks>
    public static Spread? IntervalOf(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        var (cut, ways, outside) = (0, 1.0, 1.0);
        while (outside + (ways = ways * (sorted.Length - cut) / (cut + 1)) is var more && 2 * more <= 0.05 * Math.Pow(2, sorted.Length))
        {
            (outside, cut) = (more, cut + 1);
        }

        return Of(sorted, cut);
    }

    private static Spread? Of(double[] sorted, int cut) =>
        sorted.Length == 0 ? null : new Spread((sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2, sorted[cut], sorted[^(cut + 1)]);
}
