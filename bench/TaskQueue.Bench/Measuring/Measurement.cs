namespace TaskQueue.Bench.Measuring;

/// <summary>What one run of one subject showed.</summary>
/// <param name="Messages">How many messages were measured.</param>
/// <param name="Values">The figures, in the order of their columns.</param>
internal sealed record Measurement(long Messages, IReadOnlyList<(Metric Metric, double Value)> Values)
{
    public static Measurement OfRate(Window window) => new(
        window.Messages,
        [
            (Metric.Rate, window.Messages / window.Seconds),
            (Metric.Cpu, 1e6 * window.CpuSeconds / window.Messages),
            (Metric.BrokerCpu, 1e6 * window.BrokerCpuSeconds / window.Messages),
        ]);

    /// <summary>A figure, if it has one of that kind.</summary>
    public double? this[Metric metric] => Values.Where(entry => entry.Metric == metric).Select(entry => (double?)entry.Value).FirstOrDefault();
}

/// <summary>A stretch of time in which messages were handled.</summary>
/// <param name="Messages">How many.</param>
/// <param name="Seconds">How long it took.</param>
/// <param name="CpuSeconds">Processor time that the processes under measurement used meanwhile.</param>
/// <param name="BrokerCpuSeconds">Processor time that the broker used meanwhile.</param>
internal sealed record Window(long Messages, double Seconds, double CpuSeconds, double BrokerCpuSeconds)
{
    public static Window operator +(Window one, Window other) => new(
        one.Messages + other.Messages, one.Seconds + other.Seconds, one.CpuSeconds + other.CpuSeconds, one.BrokerCpuSeconds + other.BrokerCpuSeconds);
}
