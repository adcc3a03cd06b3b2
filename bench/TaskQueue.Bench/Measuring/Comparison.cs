namespace TaskQueue.Bench.Measuring;

/// <summary>How a figure is held against another of the same run.</summary>
/// <param name="Metric">Which figure.</param>
/// <param name="Name">Its column.</param>
/// <param name="Decimals">How many are worth printing.</param>
/// <param name="Of">Compares a figure with the one that it is held against.</param>
internal sealed record Comparison(Metric Metric, string Name, int Decimals, Func<double, double, double> Of)
{
    /// <summary>What is held against another installation: rates depend on what else the machine does, processor time hardly.</summary>
    public static Comparison OfBefore { get; } = Ratio(Metric.Cpu, "CPU of before");

    public static Comparison Ratio(Metric metric, string name) => new(metric, name, 2, (value, other) => value / other);

    public static Comparison Difference(Metric metric, string name) => new(metric, name, metric.Decimals, (value, other) => value - other);
}
