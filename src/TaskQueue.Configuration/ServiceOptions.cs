using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;

namespace TaskQueue.Configuration;

/// <summary>What holds for a whole service; <c>[taskqueue]</c> in config.ini.</summary>
public sealed record ServiceOptions
{
    /// <summary>The worker types that run on this host; <c>workers</c>.</summary>
    /// <value><see langword="null"/> (<c>*</c>, the default) for every type that has a plugin.</value>
    public IReadOnlyList<string>? OnlyTypes { get; init; }

    /// <summary>As whom a pool that runs as root runs the sections that do not say.</summary>
    /// <value>Default: nobody, such sections are refused. A pool that is not root runs them as itself.</value>
    public string? WorkerUser { get; init; }

    /// <summary>What becomes of sections with limits that need a control group where the pool has none to divide.</summary>
    /// <value>Default <see cref="CgroupUse.Required"/>.</value>
    public CgroupUse Cgroups { get; init; }

    /// <summary>The folder of the control group that the pool divides among its workers; for this pool alone.</summary>
    /// <value>An absolute path. Default <see langword="null"/>: that which systemd gives it by <c>Delegate=yes</c>.</value>
    public string? CgroupDir { get; init; }

    /// <summary>Where plugins are installed.</summary>
    /// <value>An absolute path. Default <c>/usr/lib/taskqueue/plugins</c>.</value>
    public string PluginDir { get; init; } = "/usr/lib/taskqueue/plugins";

    /// <summary>How long running tasks may finish after SIGTERM before they go back to their queue.</summary>
    /// <value>0 s to 1 d. Default 30 s; keep it shorter than systemd's TimeoutStopSec.</value>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a message may wait for a pool that serves its worker type before it is rejected.</summary>
    /// <value>1 s to 365 d. Default 1 h.</value>
    public TimeSpan UnroutableTtl { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Where the failure result of a rejected message goes that names no <c>reply-to</c>.</summary>
    /// <value>A routing key on the default exchange; default <see langword="null"/>: nowhere.</value>
    public string? RejectedResultsRoutingKey { get; init; }

    /// <summary>How much of results is kept that nobody takes; <c>results_keep</c>.</summary>
    /// <value>Default <see langword="null"/>: see <see cref="TaskQueueConfiguration.ResultsKeep"/>.</value>
    public Retention? ResultsKeep { get; init; }

    /// <summary>How much of buried tasks is kept; <c>buried_keep</c>.</summary>
    /// <value>Default <see cref="Retention.All"/>.</value>
    public Retention BuriedKeep { get; init; } = Retention.All;

    /// <summary>What log lines look like.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Auto;

    /// <summary>The least severe entries that are logged.</summary>
    /// <value>Default <see cref="LogLevel.Information"/>.</value>
    public LogLevel LogLevel { get; init; } = LogLevel.Information;

    /// <summary>Whether operators may steer this host by the <c>taskqueue</c> command: cancel, pause, scale and the like. Looking is always allowed.</summary>
    /// <value>Default <see langword="true"/>.</value>
    public bool AllowControl { get; init; } = true;

    /// <summary>Users of the broker besides the services' own who may steer; <c>control_users</c>.</summary>
    /// <value>Default: none.</value>
    public IReadOnlyList<string> ControlUsers { get; init; } = [];

    /// <summary>Work item type by content type; replaces the built-in map as a whole.</summary>
    /// <value>Default <see cref="WorkItemFormats.DefaultTypeMap"/>.</value>
    public IReadOnlyDictionary<string, string> WorkItemTypeMap { get; init; } = WorkItemFormats.DefaultTypeMap;

    /// <summary>The content type that messages without one are taken to have.</summary>
    /// <value>Default <see cref="WorkItemFormats.DefaultContentType"/>.</value>
    public string DefaultWorkItemType { get; init; } = WorkItemFormats.DefaultContentType;

    /// <summary>Whether a worker type runs on this host.</summary>
    /// <param name="type">The worker type; its case does not matter.</param>
    /// <returns><see langword="true"/> when <see cref="OnlyTypes"/> does not exclude it.</returns>
    public bool Runs(string type) => OnlyTypes is null || OnlyTypes.Contains(type, StringComparer.OrdinalIgnoreCase);
}

/// <summary>What log lines look like; <c>log_format</c>.</summary>
public enum LogFormat
{
    /// <summary><c>auto</c>: <see cref="Systemd"/> under systemd, <see cref="Plain"/> elsewhere.</summary>
    Auto,

    /// <summary><c>plain</c>: time, level and text, for people.</summary>
    Plain,

    /// <summary><c>journald</c>: lines that begin with a priority, such as <c>&lt;6&gt;</c>.</summary>
    Systemd,

    /// <summary><c>json</c>: one object per line, for log collectors.</summary>
    Json,
}
