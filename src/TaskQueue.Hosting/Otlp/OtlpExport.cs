using System.Reflection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Hosting.Otlp;

/// <summary>Sends the service's meter, the runtime's, and the service's spans to a collector.</summary>
/// <remarks>Nothing but starting it touches the OpenTelemetry SDK. Credentials, intervals and the like come from the variables that the SDK
/// reads (<see href="https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/"/>).</remarks>
internal sealed class OtlpExport : IDisposable
{
    private readonly TracerProvider _traces;
    private readonly MeterProvider _metrics;
    private readonly OtlpTrouble _trouble;

    public OtlpExport(TelemetryOptions options, ServiceIdentity identity, string source, TimeProvider time, ILogger logger)
    {
        var collector = options.Otlp!;
        _trouble = new OtlpTrouble(time, logger);
        var version = typeof(OtlpExport).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion;
        var resource = ResourceBuilder.CreateDefault()
            .AddService($"taskqueue-{identity.Kind}", serviceVersion: version, serviceInstanceId: identity.Id)
            .AddAttributes([KeyValuePair.Create<string, object>("host.name", identity.Host), KeyValuePair.Create<string, object>("process.pid", identity.Pid)]);
        _traces = Sdk.CreateTracerProviderBuilder()
            .SetResourceBuilder(resource)
            .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(options.TraceRatio)))
            .AddSource(source)
            .AddOtlpExporter(exporter => Configure(exporter, collector, "traces"))
            .Build();
        _metrics = Sdk.CreateMeterProviderBuilder()
            .SetResourceBuilder(resource)
            .AddMeter(source, "System.Runtime")
            .AddOtlpExporter(exporter => Configure(exporter, collector, "metrics"))
            .Build();
        logger.OtlpSending(collector);
    }

    /// <summary>Sends what is left, within a few seconds.</summary>
    public void Dispose()
    {
        _traces.Dispose();
        _metrics.Dispose();
        _trouble.Dispose();
    }

    private static void Configure(OtlpExporterOptions exporter, Uri collector, string signal)
    {
        exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        exporter.Endpoint = new Uri($"{collector.AbsoluteUri.TrimEnd('/')}/v1/{signal}");
    }
}
