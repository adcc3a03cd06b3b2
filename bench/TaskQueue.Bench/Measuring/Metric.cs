namespace TaskQueue.Bench.Measuring;

/// <summary>A kind of figure; a column of the tables.</summary>
/// <param name="Name">With its unit.</param>
/// <param name="Decimals">How many are worth printing.</param>
internal sealed record Metric(string Name, int Decimals = 0)
{
    public static Metric Rate { get; } = new("per second");

    /// <summary>Processor time of all processes that are measured.</summary>
    public static Metric Cpu { get; } = new("CPU µs each", 1);

    /// <summary>Processor time of the broker.</summary>
    public static Metric BrokerCpu { get; } = new("broker's CPU µs each", 1);
}
