using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Scenarios;

/// <summary>Something to measure, and what to hold it against.</summary>
/// <param name="name">What it is called on the command line.</param>
/// <param name="description">What is measured, in a sentence.</param>
internal abstract class Scenario(string name, string description)
{
    public string Name => name;

    public string Description => description;

    /// <summary>What is measured side by side, a row each. The first is what the others are held against, unless they say otherwise.</summary>
    public abstract IReadOnlyList<Subject> Subjects { get; }

    /// <summary>How a row is held against another.</summary>
    public abstract Comparison Comparison { get; }
}

/// <summary>One way of doing what a scenario measures.</summary>
/// <param name="Name">What its row says.</param>
/// <param name="MeasureAsync">Does it once.</param>
internal sealed record Subject(string Name, Func<Trial, Task<Measurement>> MeasureAsync)
{
    /// <summary>The name of the subject that it is held against, or <see langword="null"/> for the scenario's first.</summary>
    public string? Against { get; init; }

    /// <summary>How many messages wait while it is measured, where that matters. It is left out where <see cref="BenchOptions.Backlog"/> is less.</summary>
    public long Backlog { get; init; }

    /// <summary>Whether none of our services take part.</summary>
    public bool IsRaw => Name.StartsWith("raw", StringComparison.Ordinal) || Name.StartsWith("Celery", StringComparison.Ordinal) || Name.StartsWith("MassTransit", StringComparison.Ordinal);

    /// <summary>What is the same, but for the installation that it is measured with.</summary>
    public string? After { get; private init; }

    /// <summary>The same, measured with another installation.</summary>
    public Subject With(string installation) => this with
    {
        Name = $"before: {Name}",
        After = Name,
        MeasureAsync = trial => MeasureAsync(trial with { Installation = installation }),
    };
}

/// <summary>One run of one subject.</summary>
/// <param name="Bench">Where.</param>
/// <param name="QueueType">With queues of which type.</param>
/// <param name="Options">What was asked for.</param>
/// <param name="Stop">Gives up.</param>
internal sealed record Trial(Workbench Bench, QueueType QueueType, BenchOptions Options, CancellationToken Stop)
{
    /// <summary>The folder of the services.</summary>
    public string Installation { get; init; } = Workbench.Installation;

    /// <summary>The same on the embedded broker.</summary>
    public async Task<Trial> OnEmbeddedAsync() => this with { Bench = await Bench.EmbeddedAsync(Stop) };

    public Task<QueueSet> DeclareQueuesAsync() => Bench.DeclareQueuesAsync(QueueType, Stop);
}
