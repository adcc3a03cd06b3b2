using TaskQueue.Bench.Scenarios;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Measuring;

/// <summary>All runs of a scenario with queues of one type.</summary>
internal sealed class Results(Scenario scenario, IReadOnlyList<Subject> subjects, QueueType queueType)
{
    private readonly Dictionary<string, List<Measurement>> _runs = subjects.ToDictionary(subject => subject.Name, _ => new List<Measurement>());

    public Scenario Scenario => scenario;

    public QueueType QueueType => queueType;

    /// <summary>What was measured, in the order of the rows.</summary>
    public IReadOnlyList<Subject> Subjects => [.. subjects.Where(subject => Of(subject).Count > 0)];

    /// <summary>The columns, in their order.</summary>
    public IReadOnlyList<Metric> Metrics => [.. _runs.Values.SelectMany(runs => runs).SelectMany(run => run.Values).Select(value => value.Metric).Distinct()];

    /// <summary>Whether another installation was measured, too.</summary>
    public bool HasBefore => subjects.Any(subject => subject.After is not null);

    public IReadOnlyList<Measurement> Of(Subject subject) => _runs[subject.Name];

    public void Add(Subject subject, Measurement measurement) => _runs[subject.Name].Add(measurement);

    public Spread? Spread(Subject subject, Metric metric) => Measuring.Spread.Of(Of(subject).Select(run => run[metric]).OfType<double>());

    /// <summary>A subject beside what it is held against, run by run; <see langword="null"/> for that itself.</summary>
    public Spread? Compare(Subject subject)
    {
        var reference = subject.Against ?? scenario.Subjects[0].Name;
        return reference == subject.Name ? null : Measuring.Spread.Of(Pairs(subject, reference, scenario.Comparison));
    }

    /// <summary>The processor time of a subject beside that with the other installation, run by run; <see langword="null"/> where there is none.</summary>
    public Spread? CompareWithBefore(Subject subject) =>
        subjects.FirstOrDefault(other => other.After == subject.Name) is { } before
            ? Measuring.Spread.IntervalOf(Pairs(subject, before.Name, Comparison.OfBefore))
            : null;

    private IEnumerable<double> Pairs(Subject subject, string reference, Comparison comparison) => Of(subject)
        .Zip(_runs.GetValueOrDefault(reference, []))
        .Where(pair => pair.First[comparison.Metric] is not null && pair.Second[comparison.Metric] is not null)
        .Select(pair => comparison.Of(pair.First[comparison.Metric]!.Value, pair.Second[comparison.Metric]!.Value));
}
