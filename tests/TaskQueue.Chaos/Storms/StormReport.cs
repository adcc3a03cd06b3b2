using TaskQueue.Chaos.Ledgers;

namespace TaskQueue.Chaos.Storms;

/// <summary>What a storm did, in numbers.</summary>
internal sealed record StormReport
{
    public required int Seed { get; init; }

    public required double Minutes { get; init; }

    public required int BrokerNodes { get; init; }

    /// <summary>Messages handed to the broker.</summary>
    public required int Published { get; init; }

    /// <summary>Those that it confirmed: the promise is about them.</summary>
    public required int Confirmed { get; init; }

    /// <summary>Those that it never answered for, because their connection ended; a publisher would send them again.</summary>
    public required int Unconfirmed { get; init; }

    /// <summary>Unconfirmed ones that came to a result or a queue all the same.</summary>
    public required int UnconfirmedArrived { get; init; }

    /// <summary>Confirmed ones that came to a result.</summary>
    public required int Done { get; init; }

    /// <summary>Confirmed ones without a result that were found in a queue, by its name.</summary>
    public required IReadOnlyDictionary<string, int> Found { get; init; }

    /// <summary>Confirmed ones of which there is no trace.</summary>
    public required IReadOnlyList<string> Lost { get; init; }

    /// <summary>How often a worker started a task.</summary>
    public required int Runs { get; init; }

    /// <summary>Tasks that were started more than once.</summary>
    public required int StartedAgain { get; init; }

    /// <summary>Tasks that a worker completed more than once.</summary>
    public required int CompletedAgain { get; init; }

    /// <summary>Tasks with more than one result.</summary>
    public required int ResultsAgain { get; init; }

    /// <summary>How many blows fell on whom.</summary>
    public required IReadOnlyDictionary<Victim, int> Blows { get; init; }

    /// <summary>How long it took until stopped work went on.</summary>
    public required IReadOnlyDictionary<Victim, Percentiles> Recovery { get; init; }

    /// <summary>Processes that ended by themselves, or not as they should.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Nothing is lost, and every service lived as long as it should.</summary>
    public bool IsGood => Lost.Count == 0 && Problems.Count == 0;

    public static StormReport Of(
        StormOptions options, IReadOnlyList<SentTask> sent, IReadOnlyList<TaskRun> runs, IReadOnlyList<Strike> strikes, int pools, IReadOnlyList<string> problems)
    {
        var tasks = sent.ToDictionary(task => task.Id, StringComparer.Ordinal);
        var confirmed = sent.Where(task => task.Confirmed > 0).ToList();
        var runsOfTasks = runs.GroupBy(run => run.Id, StringComparer.Ordinal).ToList();
        return new StormReport
        {
            Seed = options.Seed,
            Minutes = options.Duration.TotalMinutes,
            BrokerNodes = options.Nodes,
            Published = sent.Count,
            Confirmed = confirmed.Count,
            Unconfirmed = sent.Count - confirmed.Count,
            UnconfirmedArrived = sent.Count(task => task.Confirmed == 0 && (task.Results > 0 || task.FoundIn is not null)),
            Done = confirmed.Count(task => task.Results > 0),
            Found = confirmed.Where(task => task is { Results: 0, FoundIn: not null }).CountBy(task => task.FoundIn!).ToDictionary(StringComparer.Ordinal),
            Lost = [.. confirmed.Where(task => task is { Results: 0, FoundIn: null }).Select(task => task.Id)],
            Runs = runs.Count,
            StartedAgain = runsOfTasks.Count(group => group.Count() > 1),
            CompletedAgain = runsOfTasks.Count(group => group.Count(run => run.End is not null) > 1),
            ResultsAgain = sent.Count(task => task.Results > 1),
            Blows = strikes.CountBy(strike => strike.Victim).ToDictionary(),
            Recovery = strikes
                .GroupBy(strike => strike.Victim)
                .Select(group => (group.Key, Times: Percentiles.Of(group.SelectMany(strike => Recoveries.Of(strike, runs, tasks, pools)))))
                .Where(entry => entry.Times is not null)
                .ToDictionary(entry => entry.Key, entry => entry.Times!),
            Problems = problems,
        };
    }
}
