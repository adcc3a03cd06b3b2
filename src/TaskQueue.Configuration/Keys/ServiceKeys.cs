using Microsoft.Extensions.Logging;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[taskqueue]</c>, besides the options of workers that may stand there too.</summary>
internal static class ServiceKeys
{
    public static IReadOnlyList<Key<ServiceOptions>> All { get; } =
    [
        Of("workers", Lists.WorkerTypes, options => options.OnlyTypes, (options, value) => options with { OnlyTypes = value }),
        Of("plugin_dir", Kinds.Path, options => options.PluginDir, (options, value) => options with { PluginDir = value })
            with { IsPath = true },
        Of("worker_user", Optional.Of(Kinds.UserName), options => options.WorkerUser, (options, value) => options with { WorkerUser = value }),
        Of(
            "cgroups",
            Kinds.OneOf(("required", CgroupUse.Required), ("optional", CgroupUse.Optional)),
            options => options.Cgroups,
            (options, value) => options with { Cgroups = value }),
        Of("cgroup_dir", Optional.Of(Kinds.AbsolutePath), options => options.CgroupDir, (options, value) => options with { CgroupDir = value }),
        Of(
            "shutdown_timeout",
            Measures.Duration(TimeSpan.Zero, TimeSpan.FromDays(1)),
            options => options.ShutdownTimeout,
            (options, value) => options with { ShutdownTimeout = value }),
        Of(
            "unroutable_ttl",
            Measures.Duration(TimeSpan.FromSeconds(1), TimeSpan.FromDays(365)),
            options => options.UnroutableTtl,
            (options, value) => options with { UnroutableTtl = value }),
        Of("results_keep", Keeping.Results, options => options.ResultsKeep, (options, value) => options with { ResultsKeep = value }),
        Of("buried_keep", Keeping.Buried, options => options.BuriedKeep, (options, value) => options with { BuriedKeep = value }),
        Of(
            "rejected_results_routing_key",
            Optional.Of(Kinds.RoutingKey),
            options => options.RejectedResultsRoutingKey,
            (options, value) => options with { RejectedResultsRoutingKey = value }),
        Of(
            "log_format",
            Kinds.OneOf(("auto", LogFormat.Auto), ("plain", LogFormat.Plain), ("journald", LogFormat.Systemd), ("json", LogFormat.Json)),
            options => options.LogFormat,
            (options, value) => options with { LogFormat = value }),
        Of(
            "log_level",
            Kinds.OneOf(
                ("trace", LogLevel.Trace),
                ("debug", LogLevel.Debug),
                ("info", LogLevel.Information),
                ("warning", LogLevel.Warning),
                ("error", LogLevel.Error),
                ("critical", LogLevel.Critical)),
            options => options.LogLevel,
            (options, value) => options with { LogLevel = value }),
        Of("allow_control", Kinds.YesOrNo, options => options.AllowControl, (options, value) => options with { AllowControl = value }),
        Of("control_users", Lists.BrokerUsers, options => options.ControlUsers, (options, value) => options with { ControlUsers = value }),
        Of("workitem_type_map", Lists.ContentTypeMap, options => options.WorkItemTypeMap, (options, value) => options with { WorkItemTypeMap = value }),
        Of("default_workitem_type", Lists.ContentType, options => options.DefaultWorkItemType, (options, value) => options with { DefaultWorkItemType = value }),
    ];

    private static Key<ServiceOptions> Of<T>(
        string name, ValueKind<T> kind, Func<ServiceOptions, T> get, Func<ServiceOptions, T, ServiceOptions> set) =>
        Key<ServiceOptions>.Of(name, kind, get, set);
}
