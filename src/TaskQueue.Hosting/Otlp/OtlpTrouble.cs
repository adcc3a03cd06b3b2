using System.Diagnostics.Tracing;
using Microsoft.Extensions.Logging;

namespace TaskQueue.Hosting.Otlp;

/// <summary>Logs that the collector does not take what is sent to it. The SDK drops such data and tells nobody but event listeners.</summary>
internal sealed class OtlpTrouble : EventListener
{
    private const string Exporter = "OpenTelemetry-Exporter-OpenTelemetryProtocol";
    private const int MaxReason = 300;

    // A collector that is away is told of now and then, not with each of the batches that are lost meanwhile.
    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(5);

    private readonly TimeProvider _time;
    private readonly ILogger? _logger;
    private long _lastLogged;

    public OtlpTrouble(TimeProvider time, ILogger logger)
    {
        _time = time;
        _logger = logger;
    }

    protected override void OnEventSourceCreated(EventSource eventSource)
    {
        if (eventSource.Name == Exporter)
        {
            EnableEvents(eventSource, EventLevel.Warning);
        }
    }

    protected override void OnEventWritten(EventWrittenEventArgs eventData)
    {
        // The first events may come while the base class is being made.
        if (_logger is null)
        {
            return;
        }

        var last = Interlocked.Read(ref _lastLogged);
        if ((last == 0 || _time.GetElapsedTime(last) >= LogInterval) && Interlocked.CompareExchange(ref _lastLogged, _time.GetTimestamp(), last) == last)
        {
            // Exceptions come with their stacks.
            var reason = string.Join("; ", eventData.Payload?.Select(part => part?.ToString()?.Split('\n')[0]) ?? []);
            _logger.OtlpFailed(reason.Length <= MaxReason ? reason : reason[..MaxReason]);
        }
    }
}
