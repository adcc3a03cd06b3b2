namespace TaskQueue.WorkerPool.Planning;

/// <summary>What a pool runs.</summary>
/// <param name="Types">The worker types that it serves or is meant to serve.</param>
/// <param name="Problems">What it does not run, and why: one line each.</param>
internal sealed record PoolPlan(IReadOnlyList<TypePlan> Types, IReadOnlyList<string> Problems)
{
    /// <summary>Of the problems, those that are about a plugin that cannot be read.</summary>
    public IReadOnlyList<string> PluginProblems { get; init; } = [];

    /// <summary>What runs in another way than it was asked to, and why: one line each.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>Whether everything that is configured can run.</summary>
    public bool IsComplete => Types.All(type => type.IsComplete);

    /// <summary>The worker types that have workers.</summary>
    public IEnumerable<string> Served => Types.Where(type => type.Workers.Count > 0).Select(type => type.WorkerType);

    /// <summary>Worker types for people.</summary>
    public static string NamesOf(IEnumerable<string> workerTypes) => string.Join(", ", workerTypes) is { Length: > 0 } names ? names : "no worker type";

    /// <summary>The number of worker processes.</summary>
    public int WorkerCount => Types.Sum(type => type.Workers.Count);

    /// <summary>How many workers it has, for people: <c>1 worker process</c>.</summary>
    public string Workers => WorkerCount switch { 0 => "no worker process", 1 => "1 worker process", var count => $"{count} worker processes" };

    /// <summary>This plan with what it could not run and a later one can; all else stays as it was.</summary>
    /// <param name="later">A plan for the same configuration.</param>
    public PoolPlan MendedBy(PoolPlan later) => this with
    {
        Problems = later.Problems,
        PluginProblems = later.PluginProblems,
        Notes = later.Notes,
        Types = [.. Types.Select(type => later.Types.FirstOrDefault(other => other.WorkerType == type.WorkerType) is { } now ? type.MendedBy(now) : type)],
    };
}

/// <summary>What a pool runs for one worker type.</summary>
/// <param name="WorkerType">The worker type.</param>
/// <param name="Workers">One for each process.</param>
internal sealed record TypePlan(string WorkerType, IReadOnlyList<WorkerSpec> Workers)
{
    /// <summary>Why no plugin serves the type.</summary>
    /// <value><see langword="null"/> when one does.</value>
    public string? MissingPlugin { get; init; }

    /// <summary>Its sections that cannot run as they ask to. What runs for them from an earlier configuration stays.</summary>
    public IReadOnlyList<RefusedSection> Refused { get; init; } = [];

    /// <summary>Whether no plugin serves the type.</summary>
    public bool LacksPlugin => MissingPlugin is not null;

    /// <summary>Whether everything that is configured for the type can run.</summary>
    public bool IsComplete => !LacksPlugin && Refused.Count == 0;

    /// <summary>Whether a section cannot run as it asks to.</summary>
    public bool Refuses(string section) => Refused.Any(refused => refused.Section == section);

    /// <inheritdoc cref="PoolPlan.MendedBy"/>
    public TypePlan MendedBy(TypePlan later)
    {
        if (LacksPlugin)
        {
            return later.LacksPlugin ? this : later;
        }

        var mended = later.LacksPlugin ? [] : Refused.Select(refused => refused.Section).Where(section => !later.Refuses(section)).ToList();
        return mended.Count == 0 ? this : this with
        {
            Workers = [.. Workers, .. later.Workers.Where(worker => mended.Contains(worker.Section, StringComparer.Ordinal))],
            Refused = [.. Refused.Where(refused => later.Refuses(refused.Section))],
        };
    }
}

/// <summary>A section that cannot run as it asks to.</summary>
/// <param name="Section">Its name.</param>
/// <param name="Reason">Why, in a few words: the log has the whole of it.</param>
internal sealed record RefusedSection(string Section, string Reason);
