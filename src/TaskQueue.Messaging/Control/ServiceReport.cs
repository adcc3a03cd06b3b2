namespace TaskQueue.Messaging.Control;

/// <summary>How a service is.</summary>
public sealed record ServiceReport
{
    /// <summary>Its version.</summary>
    public string Version { get; init; } = "";

    /// <summary>When it started, by its own clock.</summary>
    public DateTimeOffset Started { get; init; }

    /// <summary>How long ago that was, by no clock that anybody sets.</summary>
    public long UptimeMilliseconds { get; init; }

    /// <summary>Host and port of the broker that it is connected to.</summary>
    public string? Broker { get; init; }

    /// <summary>How many connections it has had.</summary>
    public int Connections { get; init; }

    /// <summary>What is wrong between it and the broker.</summary>
    /// <value><see langword="null"/> when all is well.</value>
    public string? Trouble { get; init; }

    /// <summary>The least severe entries that it logs.</summary>
    public string LogLevel { get; init; } = "";

    /// <summary>Whether it does what it is told by way of the control exchange.</summary>
    public bool AllowControl { get; init; }

    /// <summary>The worker types that it serves.</summary>
    public IReadOnlyList<TypeReport> Types { get; init; } = [];

    /// <summary>The latest tasks that failed, the newest last.</summary>
    public IReadOnlyList<FailureReport> Failures { get; init; } = [];

    /// <summary>What keeps it from what its configuration asks for.</summary>
    /// <value><see langword="null"/> of a service of a version that does not tell.</value>
    public IReadOnlyList<ServiceProblem>? Problems { get; init; }

    /// <summary>How many more problems there are than <see cref="ServiceProblem.Most"/>.</summary>
    public int MoreProblems { get; init; }

    /// <summary>Whether what the latest start or reload asked for has come true or is among the <see cref="Problems"/>.</summary>
    /// <value><see langword="null"/> of a service of a version that does not tell.</value>
    public bool? Settled { get; init; }

    /// <summary>Its problems, whatever its version.</summary>
    /// <returns>Those that it tells of.</returns>
    public IReadOnlyList<ServiceProblem> AllProblems() => Problems
        ?? [.. Types.Where(type => type.Trouble is not null).Select(type => new ServiceProblem(ServiceProblem.TakesNoTasks, type.Trouble!) { WorkerType = type.WorkerType })];

    /// <summary>Tells of problems, within the bounds of a report.</summary>
    /// <param name="problems">All of them.</param>
    /// <returns>The report.</returns>
    public ServiceReport With(IReadOnlyCollection<ServiceProblem> problems)
    {
        ArgumentNullException.ThrowIfNull(problems);
        return this with
        {
            Problems = [.. problems.Take(ServiceProblem.Most).Select(problem => problem.Bounded())],
            MoreProblems = Math.Max(0, problems.Count - ServiceProblem.Most),
        };
    }
}

/// <summary>What a pool has for a worker type.</summary>
/// <param name="WorkerType">The worker type.</param>
public sealed record TypeReport(string WorkerType)
{
    /// <summary>Workers that are meant to run.</summary>
    public int Workers { get; init; }

    /// <summary>Of these, processes that are ready.</summary>
    public int Ready { get; init; }

    /// <summary>Tasks that run.</summary>
    public int Running { get; init; }

    /// <summary>Tasks that wait for a worker here.</summary>
    public int Waiting { get; init; }

    /// <summary>When the oldest of these was published: seconds since 1970, as its publisher says. What waits in the queue is younger, but for what came back.</summary>
    /// <value><see langword="null"/> when none waits here, or none says so.</value>
    public long? OldestPublished { get; init; }

    /// <summary>Whether it takes no tasks because somebody said so.</summary>
    public bool Paused { get; init; }

    /// <summary>Why it takes no tasks though it is meant to, such as a queue that the broker refuses.</summary>
    /// <value><see langword="null"/> when nothing keeps it from that.</value>
    public string? Trouble { get; init; }
}

/// <summary>A task that failed.</summary>
/// <param name="Time">When, by the clock of the service.</param>
/// <param name="Id">Its message id.</param>
/// <param name="WorkerType">Its worker type.</param>
/// <param name="Reason">The word for how it failed.</param>
/// <param name="Error">What went wrong, in a line.</param>
public sealed record FailureReport(DateTimeOffset Time, string Id, string WorkerType, string Reason, string Error);
