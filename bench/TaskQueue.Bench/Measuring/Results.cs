using TaskQueue.Bench.Scenarios;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Measuring;

/// <summary>All runs of a scenario with queues of one type.</summary>
internal sealed class Results(Scenario scenario, QueueType queueType)
{
    private readonly Dictionary<string, List<Measurement>> _runs = scenario.Subjects.ToDictionary(subject => subject.Name, _ => new List<Measurement>());

    public Scenario Scenario => scenario;

    public QueueType QueueType => queueType;

    /// <summary>What was measured, in the order of the rows.</summary>
    public IReadOnlyList<Subject> Subjects => [.. scenario.Subjects.Where(subject => Of(subject).Count > 0)];

    /// <summary>The columns, in their order.</summary>
    public IReadOnlyList<Metric> Metrics => [.. _runs.Values.SelectMany(runs => runs).SelectMany(run => run.Values).Select(value => value.Metric).Distinct()];

    public IReadOnlyList<Measurement> Of(Subject subject) => _runs[subject.Name];

    public void Add(Subject subject, Measurement measurement) => _runs[subject.Name].Add(measurement);

    public Spread? Spread(Subject subject, Metric metric) => Measuring.Spread.Of(Of(subject).Select(run => run[metric]).OfType<double>());

    /// <summary>A subject beside what it is held against, run by run; <see langword="null"/> for that itself.</summary>
    public Spread? Compare(Subject subject)
    {
        var reference = subject.Against ?? scenario.Subjects[0].Name;
        var comparison = scenario.Comparison;
        return reference == subject.Name
            ? null
            : Measuring.Spread.Of(Of(subject).Zip(_runs[reference])
                .Where(pair => pair.First[comparison.Metric] is not null && pair.Second[comparison.Metric] is not null)
                .Select(pair => comparison.Of(pair.First[comparison.Metric]!.Value, pair.Second[comparison.Metric]!.Value)));
    }
}
