using System.Net;

namespace TaskQueue.Configuration.Keys;

/// <summary>The keys of <c>[http]</c>.</summary>
internal static class HttpKeys
{
    public static IReadOnlyList<Key<HttpOptions>> All { get; } =
    [
        Of("listen", options => options.Listen, (options, value) => options with { Listen = value }),
        Of("dispatcher_listen", options => options.DispatcherListen, (options, value) => options with { DispatcherListen = value }),
        Of("workerpool_listen", options => options.WorkerPoolListen, (options, value) => options with { WorkerPoolListen = value }),
    ];

    private static Key<HttpOptions> Of(string name, Func<HttpOptions, IPEndPoint?> get, Func<HttpOptions, IPEndPoint?, HttpOptions> set) =>
        Key<HttpOptions>.Of(name, Addresses.Listening, get, set);
}

/// <summary>The keys of <c>[telemetry]</c>.</summary>
internal static class TelemetryKeys
{
    public static IReadOnlyList<Key<TelemetryOptions>> All { get; } =
    [
        Key<TelemetryOptions>.Of("otlp", Addresses.Web, options => options.Otlp, (options, value) => options with { Otlp = value }),
        Key<TelemetryOptions>.Of("trace_ratio", Kinds.Factor(0, 1), options => options.TraceRatio, (options, value) => options with { TraceRatio = value }),
    ];
}
