namespace TaskQueue.Configuration.Keys;

/// <summary>The options of workers: keys of <c>[DEFAULT]</c>, <c>[taskqueue]</c>, and the sections of types and groups.</summary>
internal static class WorkerKeys
{
    public const string Workers = "workers", Instances = "instances", Subgroups = "subgroups", Plugin = "plugin", Command = "command";

    /// <summary>What keys of environment variables begin with; the variable's name follows.</summary>
    public const string EnvironmentPrefix = "env_";

    private const long Mebi = 1024 * 1024, Tebi = Mebi * Mebi;

    // A frame between pool and worker has room for it, and brokers do not take more.
    private const long LargestResult = 512 * Mebi;

    public static ValueKind<int> ProcessCount { get; } = Kinds.Number(0, 10_000);

    private static readonly TimeSpan LongestDelay = TimeSpan.FromDays(366);

    private static ValueKind<FailureAction> Actions { get; } = Kinds.OneOf(
        ("release", FailureAction.Release), ("bury", FailureAction.Bury), ("delete", FailureAction.Delete));

    private static ValueKind<Acknowledge> Acknowledgements { get; } = Kinds.OneOf(
        ("after_result", Configuration.Acknowledge.AfterResult), ("before_start", Configuration.Acknowledge.BeforeStart));

    // Names are taken out before; what remains was meant to be a number, or stands where there are no groups.
    private static ValueKind<int> CountOrGroups { get; } = ProcessCount with
    {
        Expected = $"{ProcessCount.Expected}; the section of a worker type may have names of groups instead",
    };

    /// <summary>Keys that mean something for a worker type with a <see cref="Command"/> only.</summary>
    public static IReadOnlyList<Key<WorkerGroupOptions>> OfCommands { get; } =
    [
        Of(
            "result_content_type",
            Lists.ContentType,
            options => options.ResultContentType,
            (options, value) => options with { ResultContentType = value }),
        Of(
            "result_field",
            Optional.Of(Kinds.Text("the name of a field, with dots between the names of nested ones", text => text.Split('.').All(step => step.Length > 0))),
            options => options.ResultField,
            (options, value) => options with { ResultField = value }),
        Of(
            "max_output",
            Measures.Size(0, LargestResult),
            options => options.MaxOutputBytes,
            (options, value) => options with { MaxOutputBytes = value }),
        Of("exit_codes", Lists.ExitCodes, options => options.ExitCodes, (options, value) => options with { ExitCodes = value }),
    ];

    /// <summary>Keys that the kernel holds a worker to, by a control group.</summary>
    public static IReadOnlyList<Key<WorkerGroupOptions>> OfControlGroups { get; } =
    [
        Limit("memory_max", Measures.Size(16 * Mebi, 16 * Tebi), limits => limits.MemoryMaxBytes, (limits, value) => limits with { MemoryMaxBytes = value }),
        Limit("memory_high", Measures.Size(16 * Mebi, 16 * Tebi), limits => limits.MemoryHighBytes, (limits, value) => limits with { MemoryHighBytes = value }),
        Limit("cpu_max", Measures.Processors(0.01, 1000), limits => limits.CpuMax, (limits, value) => limits with { CpuMax = value }),
        Limit("tasks_max", Kinds.Number(16, 4_194_304), limits => limits.TasksMax, (limits, value) => limits with { TasksMax = value }),
        Limit("io_weight", Kinds.Number(1, 10_000), limits => limits.IoWeight, (limits, value) => limits with { IoWeight = value }),
    ];

    public static IReadOnlyList<Key<WorkerGroupOptions>> All { get; } =
    [
        Of(Workers, CountOrGroups, options => options.Workers, (options, value) => options with { Workers = value }),
        Of(Instances, ProcessCount, options => options.Workers, (options, value) => options with { Workers = value })
            with { IsAlias = true },
        Of("concurrency", Kinds.Number(1, 10_000), options => options.Concurrency, (options, value) => options with { Concurrency = value }),
        Of(
            "prefetch",
            Optional.Of(Kinds.Number(1, ushort.MaxValue)),
            options => options.Prefetch,
            (options, value) => options with { Prefetch = value }),
        Of("max_tasks", Kinds.Number(0, int.MaxValue), options => options.MaxTasks, (options, value) => options with { MaxTasks = value }),
        Of("user", Optional.Of(Kinds.UserName), options => options.User, (options, value) => options with { User = value }),
        Of("diagnostics", Kinds.YesOrNo, options => options.Diagnostics, (options, value) => options with { Diagnostics = value }),
        Of("umask", Optional.Of(Kinds.Umask), options => options.Umask, (options, value) => options with { Umask = value }),
        Of("nice", Optional.Of(Kinds.Number(-20, 19)), options => options.Nice, (options, value) => options with { Nice = value }),
        Of("working_dir", Optional.Of(Kinds.AbsolutePath), options => options.WorkingDir, (options, value) => options with { WorkingDir = value }),
        Of(
            "limit_nofile",
            Optional.Of(Kinds.LongNumber(96, 1_000_000_000)),
            options => options.LimitNoFile,
            (options, value) => options with { LimitNoFile = value }),
        Of(
            "limit_memory",
            Optional.Of(Measures.Size(16 * Mebi, 16 * Tebi)),
            options => options.LimitMemoryBytes,
            (options, value) => options with { LimitMemoryBytes = value }),
        .. OfControlGroups,
        Of("history_bodies", Kinds.YesOrNo, options => options.HistoryBodies, (options, value) => options with { HistoryBodies = value }),
        Of("history_mask", Lists.FieldNames, options => options.HistoryMask, (options, value) => options with { HistoryMask = value }),
        Of("report_usage", Kinds.YesOrNo, options => options.ReportUsage, (options, value) => options with { ReportUsage = value }),
        Of(
            "idle_timeout",
            Measures.Duration(TimeSpan.Zero, TimeSpan.FromDays(365)),
            options => options.IdleTimeout,
            (options, value) => options with { IdleTimeout = value }),
        Of(
            "start_timeout",
            Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromHours(1)),
            options => options.StartTimeout,
            (options, value) => options with { StartTimeout = value }),
        Of(
            "results_routing_key",
            Kinds.RoutingKey,
            options => options.ResultsRoutingKey,
            (options, value) => options with { ResultsRoutingKey = value }),
        Of("result_queues", Lists.QueueNames, options => options.ResultQueues, (options, value) => options with { ResultQueues = value }),
        Of("report_failures", Kinds.YesOrNo, options => options.ReportFailures, (options, value) => options with { ReportFailures = value }),
        Of(
            "max_result",
            Measures.Size(0, LargestResult),
            options => options.MaxResultBytes,
            (options, value) => options with { MaxResultBytes = value }),
        Of("on_permanent_fail", Actions, options => options.OnPermanentFail, (options, value) => options with { OnPermanentFail = value }),
        Of("on_temporary_fail", Actions, options => options.OnTemporaryFail, (options, value) => options with { OnTemporaryFail = value }),
        Of("on_timeout", Actions, options => options.OnTimeout, (options, value) => options with { OnTimeout = value }),
        Of("on_crash", Actions, options => options.OnCrash, (options, value) => options with { OnCrash = value }),
        Of("on_unknown_fail", Actions, options => options.OnUnknownFail, (options, value) => options with { OnUnknownFail = value }),
        Of("acknowledge", Acknowledgements, options => options.Acknowledge, (options, value) => options with { Acknowledge = value }),
        Of("max_attempts", Kinds.Number(1, 1_000_000), options => options.MaxAttempts, (options, value) => options with { MaxAttempts = value }),
        Of(
            "release_delay",
            Measures.Duration(TimeSpan.Zero, LongestDelay),
            options => options.ReleaseDelay,
            (options, value) => options with { ReleaseDelay = value }),
        Of("release_backoff", Kinds.Factor(1, 100), options => options.ReleaseBackoff, (options, value) => options with { ReleaseBackoff = value }),
        Of(
            "release_max_delay",
            Measures.Duration(TimeSpan.Zero, LongestDelay),
            options => options.ReleaseMaxDelay,
            (options, value) => options with { ReleaseMaxDelay = value }),
        Of(
            "timeout",
            Optional.Of(Measures.Duration(TimeSpan.FromMilliseconds(1), TimeSpan.FromDays(30))),
            options => options.Timeout,
            (options, value) => options with { Timeout = value }),
        Of(
            "kill_after",
            Measures.Duration(TimeSpan.Zero, TimeSpan.FromHours(1)),
            options => options.KillAfter,
            (options, value) => options with { KillAfter = value }),
        .. OfCommands,
    ];

    /// <summary>Keys that only the section of a type has.</summary>
    public static IReadOnlyList<string> OfTypesOnly { get; } = [Subgroups, Plugin, Command];

    public static Key<WorkerGroupOptions>? Find(string name) =>
        All.FirstOrDefault(key => string.Equals(key.Name, name, StringComparison.OrdinalIgnoreCase));

    public static bool IsEnvironment(string name) => name.StartsWith(EnvironmentPrefix, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a value of <c>workers</c> names groups, and does not try to be a number.</summary>
    public static bool NamesGroups(string value) => Lists.Split(value).Any(name => char.IsAsciiLetter(name[0]));

    private static Key<WorkerGroupOptions> Limit<T>(string name, ValueKind<T> kind, Func<CgroupLimits, T?> get, Func<CgroupLimits, T?, CgroupLimits> set)
        where T : struct =>
        Of(name, Optional.Of(kind), options => get(options.Limits), (options, value) => options with { Limits = set(options.Limits, value) });

    private static Key<WorkerGroupOptions> Of<T>(
        string name, ValueKind<T> kind, Func<WorkerGroupOptions, T> get, Func<WorkerGroupOptions, T, WorkerGroupOptions> set) =>
        Key<WorkerGroupOptions>.Of(name, kind, get, set);
}
