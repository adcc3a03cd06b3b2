using System.Collections.ObjectModel;

namespace TaskQueue.Configuration;

/// <summary>
/// How the worker processes of a group run. The settings are effective ones: those of <c>[DEFAULT]</c>,
/// <c>[taskqueue]</c>, the type and the group, the later ones winning.
/// </summary>
public sealed record WorkerGroupOptions
{
    /// <summary>PATH of the processes, where no <c>env_PATH</c> says otherwise.</summary>
    public const string DefaultSearchPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>PATH of the processes.</summary>
    public string SearchPath => Environment.GetValueOrDefault("PATH") ?? DefaultSearchPath;

    /// <summary>The group's name within its type, or <see langword="null"/> for a type without groups.</summary>
    public string? Group { get; init; }

    /// <summary>How many identical processes run; <c>workers</c> as a number, or <c>instances</c>.</summary>
    /// <value>0 to 10000. Default 1.</value>
    public int Workers { get; init; } = 1;

    /// <summary>How many tasks each process runs at a time.</summary>
    /// <value>1 to 10000. Default 1.</value>
    public int Concurrency { get; init; } = 1;

    /// <summary>How many tasks the pool takes from the queue for each process, those that run included.</summary>
    /// <value>1 to 65535; fewer than <see cref="Concurrency"/> count as many. Default: about 50 ms of work beyond those that run, as
    /// tasks of the type have taken lately; so none when they take longer.</value>
    public int? Prefetch { get; init; }

    /// <summary>After how many tasks a process is replaced by a new one.</summary>
    /// <value>0 (the default) for never.</value>
    public int MaxTasks { get; init; }

    /// <summary>The unix user that the processes run as.</summary>
    /// <value>Default: <see cref="ServiceOptions.WorkerUser"/> in a pool that runs as root, else the user of the pool.</value>
    public string? User { get; init; }

    /// <summary>Whether the processes can be looked into by the tools of .NET and by debuggers of their user.</summary>
    /// <value>Default: no. Whoever can do so can also forge what a worker says.</value>
    public bool Diagnostics { get; init; }

    /// <summary>The mask of permissions that new files do not get; octal in config.ini.</summary>
    /// <value>0 to 0777 (octal). Default: that of the pool.</value>
    public int? Umask { get; init; }

    /// <summary>What is added to the niceness of the processes.</summary>
    /// <value>-20 to 19. Default: that of the pool.</value>
    public int? Nice { get; init; }

    /// <summary>The folder that the processes start in.</summary>
    /// <value>An absolute path. Default <c>/</c>.</value>
    public string? WorkingDir { get; init; }

    /// <summary>How many files a process may have open.</summary>
    /// <value>64 to 1000000000. Default: the limit of the pool.</value>
    public long? LimitNoFile { get; init; }

    /// <summary>How much memory a process may use.</summary>
    /// <value>16 MiB to 16 TiB. Default: no limit.</value>
    public long? LimitMemoryBytes { get; init; }

    /// <summary>What a process may use together with all that it starts.</summary>
    public CgroupLimits Limits { get; init; } = CgroupLimits.None;

    /// <summary>Whether results and <c>taskqueue running</c> tell what a task has used: processor time and the most memory of its process.</summary>
    /// <value>Default: no.</value>
    public bool ReportUsage { get; init; }

    /// <summary>After how long without a task the plugin's idle callback runs.</summary>
    /// <value>Up to 365 d; zero (the default) for never.</value>
    public TimeSpan IdleTimeout { get; init; }

    /// <summary>How long a process may take until it is ready for its first task.</summary>
    /// <value>1 s to 1 h. Default 30 s.</value>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Routing key of results, on the default exchange; <c>queue_prefix</c> comes before it.</summary>
    /// <value>1 to 255 bytes of UTF-8 together with the prefix, as AMQP short strings are. Default <c>results</c>.</value>
    public string ResultsRoutingKey { get; init; } = "results";

    /// <summary>Queues besides that of <see cref="ResultsRoutingKey"/> and <c>results</c> that a plugin may send results to; <c>queue_prefix</c> comes before
    /// each. Those of the system may be among them: <c>taskqueue</c>, or the queue of another worker type.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> ResultQueues { get; init; } = [];

    /// <summary>Whether tasks that failed for good send a result as well, with the error in it.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool ReportFailures { get; init; } = true;

    /// <summary>Whether the history keeps the bodies of tasks and results as well, up to 64 KiB of each.</summary>
    /// <value>Default <see langword="false"/>.</value>
    public bool HistoryBodies { get; init; }

    /// <summary>The fields whose values are masked in bodies that the history keeps, at any depth of JSON; their case does not matter.</summary>
    /// <value>Default: names that mostly stand for secrets.</value>
    public IReadOnlyList<string> HistoryMask { get; init; } = new Keys.ValueList<string>(["password", "passwd", "secret", "token", "api_key", "authorization"]);

    /// <summary>What becomes of a task whose plugin says that it can never succeed.</summary>
    /// <value>Default <see cref="FailureAction.Bury"/>.</value>
    public FailureAction OnPermanentFail { get; init; } = FailureAction.Bury;

    /// <summary>What becomes of a task whose plugin says that it may succeed later.</summary>
    /// <value>Default <see cref="FailureAction.Release"/>.</value>
    public FailureAction OnTemporaryFail { get; init; } = FailureAction.Release;

    /// <summary>What becomes of a task that ran for longer than <see cref="Timeout"/>.</summary>
    /// <value>Default <see cref="FailureAction.Release"/>.</value>
    public FailureAction OnTimeout { get; init; } = FailureAction.Release;

    /// <summary>What becomes of a task whose process died.</summary>
    /// <value>Default <see cref="FailureAction.Release"/>.</value>
    public FailureAction OnCrash { get; init; } = FailureAction.Release;

    /// <summary>What becomes of a task whose plugin threw any other exception.</summary>
    /// <value>Default <see cref="FailureAction.Bury"/>.</value>
    public FailureAction OnUnknownFail { get; init; } = FailureAction.Bury;

    /// <summary>When a task is acknowledged to the broker.</summary>
    /// <value>Default <see cref="Acknowledge.AfterResult"/>.</value>
    public Acknowledge Acknowledge { get; init; }

    /// <summary>How often a task is run in all before it is buried instead of released.</summary>
    /// <value>1 to 1000000. Default 5; 1 whatever was set when tasks are acknowledged <see cref="Acknowledge.BeforeStart"/>.</value>
    public int MaxAttempts
    {
        get => Acknowledge == Acknowledge.BeforeStart ? 1 : field;
        init;
    } = 5;

    /// <summary>How long a released task waits after its first attempt.</summary>
    /// <value>Up to 366 d. Default 1 min.</value>
    public TimeSpan ReleaseDelay { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>By what the delay grows with each attempt.</summary>
    /// <value>1 to 100. Default 2.</value>
    public double ReleaseBackoff { get; init; } = 2;

    /// <summary>What the delay does not grow beyond.</summary>
    /// <value>Up to 366 d. Default 1 h.</value>
    public TimeSpan ReleaseMaxDelay { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long a task may run before its cancellation token fires.</summary>
    /// <value>1 ms to 30 d. Default: as long as it likes.</value>
    public TimeSpan? Timeout { get; init; }

    /// <summary>How long after that its process is killed.</summary>
    /// <value>Up to 1 h. Default 5 s.</value>
    public TimeSpan KillAfter { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The most bytes of the bodies of one task's results; a task with more of them has failed for good.</summary>
    /// <value>Up to 512 MiB. Default 128 MiB, the largest message that RabbitMQ 3 takes by default.</value>
    public long MaxResultBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>The content type of what a command prints.</summary>
    /// <value>Default <c>application/octet-stream</c>: bytes.</value>
    public string ResultContentType { get; init; } = "application/octet-stream";

    /// <summary>The field of a Ruote workitem that a command's output goes into; dots lead to nested ones.</summary>
    /// <value>Default: none, the output itself is the result.</value>
    public string? ResultField { get; init; }

    /// <summary>How much a command may print.</summary>
    /// <value>Up to 512 MiB. Default 16 MiB, the largest message that RabbitMQ 4 takes by default.</value>
    public long MaxOutputBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Exit codes of a command that mean something else than usual.</summary>
    public IReadOnlyDictionary<int, ExitMeaning> ExitCodes { get; init; } = ReadOnlyDictionary<int, ExitMeaning>.Empty;

    /// <summary>What holds for worker types with a command where config.ini says nothing: only what timed out is tried again by itself.</summary>
    internal static WorkerGroupOptions DefaultsOfCommands { get; } = new() { OnTemporaryFail = FailureAction.Bury, OnCrash = FailureAction.Bury };

    /// <summary>Environment variables of the processes, from keys <c>env_NAME</c>.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>The keys that the system does not know: settings of the plugin. Looked up without regard to case.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}
