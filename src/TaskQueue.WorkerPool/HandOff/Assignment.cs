namespace TaskQueue.WorkerPool.HandOff;

/// <summary>What a <see cref="TypeFeed"/> knows when it decides. Its lists belong to the feed, and are only read.</summary>
/// <param name="Workers">The processes that are fed, in the order in which tasks are given to them.</param>
/// <param name="Waiting">How many tasks wait for a process.</param>
/// <param name="Estimate">How long tasks take.</param>
internal readonly record struct Situation(List<WorkerTasks> Workers, int Waiting, WorkEstimate Estimate)
{
    /// <summary>Whether nothing is to be started.</summary>
    public bool IsPaused { get; init; }

    /// <summary>Whether nothing is to be taken any more.</summary>
    public bool IsStopping { get; init; }

    /// <summary>Whether nothing is to be held beyond what runs, because what was held lately had to go back.</summary>
    public bool HoldsNothingAhead { get; init; }

    /// <summary>How many tasks have run and cannot be settled for now.</summary>
    public int Stuck { get; init; }

    /// <summary>How many are held ahead by <see cref="Estimate"/> at the moment, as the broker was told last.</summary>
    public int HeldByEstimate { get; init; }
}

/// <summary>Decides which process gets how many tasks, what is taken back from one, what returns to the queue, and how many the broker may deliver.</summary>
/// <remarks>
/// <para>Pure: it reads what it is given, and its result is all that it does. <see cref="TypeFeed"/> does what it says.</para>
/// <para>Two wishes are at odds. No process should wait for the broker, or for us: so a pool holds about 50 ms of work for each task that runs, and
/// a process has about 5 ms of it in its pipe. And no task should wait here that could run elsewhere: so nothing is held when tasks are
/// long, what waits behind one that turns out long is taken back from its process, and goes back to its queue when no other can run it soon.</para>
/// </remarks>
internal static class Assignment
{
    /// <summary>A task that runs for longer is one that others should not have to wait for.</summary>
    public static readonly TimeSpan LongRun = TimeSpan.FromMilliseconds(50);

    /// <summary>What would wait here for longer goes to other hosts; not sooner, for a process that is being replaced takes that long.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(200);

    /// <summary>What is sent to the broker as a prefetch at most, which has 16 bits.</summary>
    public const int MostPrefetch = ushort.MaxValue;

    /// <summary>What is held beyond those that run, at most, by a pool: bodies are in memory, and all of it is delivered again when the pool dies.</summary>
    public const int MostAhead = 4000;

    // So many tasks that cannot be settled hold up no others of their type; when there are more, it is better to take none.
    private const int MostStuck = 100;

    // A task costs that much besides its run: the pipe, the result, the confirm.
    private const double OverheadSeconds = 0.0001;

    // What keeps a process busy for long enough that it need not be looked after; a pipe of 64 KiB takes 64 usual tasks.
    private const double PipeSeconds = 0.005;
    private const int MostInPipe = 64;

    // Waking a process costs about a twentieth of a millisecond of ours and its own: worth it for 1 ms of work.
    private const double WakingSeconds = 0.001;

    // Bounds of what is held for one that runs, so that a type with many processes and one with large bodies stay within reason.
    private const int MostPerPlace = 500;
    private const double MostBytesPerPlace = 4 * 1024 * 1024;

    // No pool hands out more in a second: so many processes are enough as run that many, and one for each processor.
    private const double MostPerSecond = 50_000, MostProcesses = 1_000_000;

    /// <summary>How many tasks to hold for each that runs.</summary>
    public static int AheadPerPlace(WorkEstimate estimate) => !estimate.IsKnown
        ? 0
        : (int)Math.Min(Math.Min(LongRun.TotalSeconds / TaskSeconds(estimate), MostPerPlace), MostBytesPerPlace / (estimate.Bytes + 1));

    /// <summary>How many tasks to hand to a process beyond those that it runs, so that it goes on without a word from us.</summary>
    public static int InPipe(WorkEstimate estimate) =>
        Math.Min(AheadPerPlace(estimate), (int)Math.Min(PipeSeconds / TaskSeconds(estimate), MostInPipe));

    /// <summary>How many to give to a process that is busy before another one is woken for them.</summary>
    public static int BeforeWaking(WorkEstimate estimate) => Math.Min(InPipe(estimate), (int)(WakingSeconds / TaskSeconds(estimate)));

    /// <summary>How many processes are enough to run all that can be handed to them: waking more would only cost.</summary>
    public static int ProcessesWorthWaking(WorkEstimate estimate) =>
        estimate.IsKnown ? Environment.ProcessorCount + (int)Math.Min(estimate.Seconds * MostPerSecond, MostProcesses) : int.MaxValue;

    /// <summary>Finds who gets a task that has just come: the first that can run it soon, so that a few processes are busy and the rest sleep.</summary>
    /// <returns>The process, or <see langword="null"/> when the task has to wait.</returns>
    public static WorkerTasks? FirstWithRoom(in Situation situation)
    {
        // When others wait already there is no room, or it is theirs.
        if (situation.Waiting > 0 || situation.IsPaused)
        {
            return null;
        }

        int inPipe = InPipe(situation.Estimate), beforeWaking = BeforeWaking(situation.Estimate), worthWaking = ProcessesWorthWaking(situation.Estimate);
        int? awake = null;
        WorkerTasks? second = null;
        foreach (var worker in situation.Workers)
        {
            if (Room(worker, inPipe) > 0 && (worker.Count > 0 || (awake ??= CountAwake(situation.Workers)) < worthWaking))
            {
                if (worker.Count < worker.Places + beforeWaking)
                {
                    return worker;
                }

                second ??= worker;
            }
        }

        return second;
    }

    /// <summary>Finds who starts a task at once.</summary>
    /// <returns>The process, or <see langword="null"/> when none has a place free.</returns>
    public static WorkerTasks? FirstWithPlace(in Situation situation)
    {
        foreach (var worker in situation.Workers)
        {
            if (!situation.IsPaused && Room(worker, inPipe: 0) > 0)
            {
                return worker;
            }
        }

        return null;
    }

    /// <summary>Shares out the tasks that wait.</summary>
    /// <param name="situation">What is known.</param>
    /// <param name="gifts">Receives who gets how many.</param>
    public static void Share(in Situation situation, List<(WorkerTasks Worker, int Count)> gifts)
    {
        var left = situation.IsPaused ? 0 : situation.Waiting;
        if (left == 0)
        {
            return;
        }

        int inPipe = InPipe(situation.Estimate), worthWaking = ProcessesWorthWaking(situation.Estimate), awake = CountAwake(situation.Workers);
        foreach (var worker in situation.Workers)
        {
            // Many at a time, so that neither side is woken for each.
            if (worker.Count >= worker.Places + (inPipe / 2) || (worker.Count == 0 && awake >= worthWaking))
            {
                continue;
            }

            var count = Math.Min(Room(worker, inPipe), left);
            if (count > 0)
            {
                awake += worker.Count == 0 ? 1 : 0;
                gifts.Add((worker, count));
                left -= count;
            }

            if (left == 0)
            {
                return;
            }
        }
    }

    /// <summary>Whether a process is to give back what it has not started.</summary>
    public static bool IsToGiveBack(WorkerTasks worker, bool isPaused) =>
        worker is { NotStarted: > 0, IsRecalling: false } && (isPaused || !worker.TakesTasks || worker.Running.LongestRun > LongRun);

    /// <summary>How many of the tasks that wait have their turn before <see cref="LongestWait"/> is over: the rest had better go to other hosts.</summary>
    public static int HaveTheirTurnSoon(in Situation situation) =>
        situation.IsStopping ? 0 : (int)Math.Min(LongestWait.TotalSeconds * CountPlaces(situation.Workers) / TaskSeconds(situation.Estimate), int.MaxValue);

    /// <summary>How many unsettled deliveries the broker may leave with us.</summary>
    /// <param name="situation">What is known.</param>
    /// <param name="heldByEstimate">How many of them are held because tasks are short. Changes only by as much as is worth telling the broker.</param>
    public static int Prefetch(in Situation situation, out int heldByEstimate)
    {
        heldByEstimate = situation.HeldByEstimate;
        if (situation.IsPaused || situation.IsStopping)
        {
            return 0;
        }

        long places = 0, configured = 0, estimated = 0;
        var perPlace = AheadPerPlace(situation.Estimate);
        foreach (var worker in situation.Workers)
        {
            // What was acknowledged before it started counts no more.
            places += worker.AcknowledgesFirst ? Math.Max(0, worker.Places - worker.Count) : worker.Places;
            configured += worker.MostAhead ?? 0;
            estimated += worker.MostAhead is null ? (long)worker.Places * perPlace : 0;
        }

        places += places == 0 ? 0 : Math.Min(situation.Stuck, MostStuck);
        if (situation.HoldsNothingAhead)
        {
            heldByEstimate = 0;
            return (int)Math.Min(places, MostPrefetch);
        }

        var wanted = (int)Math.Min(estimated, MostAhead);
        if (wanted == 0 || wanted >= 2 * heldByEstimate || wanted <= heldByEstimate / 2)
        {
            heldByEstimate = wanted;
        }

        return (int)Math.Min(places + configured + heldByEstimate, MostPrefetch);
    }

    private static long CountPlaces(List<WorkerTasks> workers)
    {
        var places = 0L;
        foreach (var worker in workers)
        {
            places += worker.Places;
        }

        return places;
    }

    // Processes that run tasks and may get more.
    private static int CountAwake(List<WorkerTasks> workers)
    {
        var awake = 0;
        foreach (var worker in workers)
        {
            awake += worker is { Count: > 0, TakesTasks: true, IsRecalling: false } ? 1 : 0;
        }

        return awake;
    }

    private static int Room(WorkerTasks worker, int inPipe) =>
        worker is { TakesTasks: true, IsRecalling: false } ? Math.Min(worker.Places + Math.Min(inPipe, worker.MostAhead ?? inPipe) - worker.Count, worker.TasksLeft) : 0;

    private static double TaskSeconds(WorkEstimate estimate) => estimate.Seconds + OverheadSeconds;
}
