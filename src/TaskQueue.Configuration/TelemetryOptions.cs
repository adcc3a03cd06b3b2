namespace TaskQueue.Configuration;

/// <summary>Where metrics and traces are sent to; <c>[telemetry]</c> in config.ini.</summary>
public sealed record TelemetryOptions
{
    /// <summary>A collector that takes OTLP over HTTP; <c>/v1/traces</c> and <c>/v1/metrics</c> are put behind it.</summary>
    /// <value>Default: none, nothing is sent and no span is made.</value>
    public Uri? Otlp { get; init; }

    /// <summary>The share of traces that are kept, of those that begin here. Of all others, whoever began them has decided.</summary>
    /// <value>0 to 1. Default 1.</value>
    public double TraceRatio { get; init; } = 1;
}
