using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TaskQueue.Hosting.Metrics;

/// <summary>Listens to this service's meter and the runtime's, and writes what they say as Prometheus reads it.</summary>
internal sealed class MeterReader : IDisposable
{
    // https://learn.microsoft.com/dotnet/core/diagnostics/built-in-metrics-runtime
    private const string Runtime = "System.Runtime";

    // Prometheus keeps the suffix "_count" for histograms.
    private const string ReservedSuffix = ".count";

    private readonly MeterListener _listener = new();
    private readonly ConcurrentDictionary<Instrument, MetricFamily> _families = new();

    // One reading at a time: it clears what the one before has read.
    private readonly Lock _reading = new();

    public MeterReader(Meter meter)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (ReferenceEquals(instrument.Meter, meter)
                || (instrument.Meter.Name == Runtime && !instrument.Name.EndsWith(ReservedSuffix, StringComparison.Ordinal)))
            {
                listener.EnableMeasurementEvents(instrument, _families.GetOrAdd(instrument, static one => new MetricFamily(one)));
            }
        };
        _listener.SetMeasurementEventCallback<double>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<long>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.SetMeasurementEventCallback<int>(static (_, value, tags, family) => ((MetricFamily)family!).Record(value, tags));
        _listener.Start();
    }

    /// <summary>Everything as it is now.</summary>
    public string Read()
    {
        lock (_reading)
        {
            var families = _families.Values.OrderBy(family => family.Name, StringComparer.Ordinal).ToList();
            foreach (var family in families)
            {
                family.BeginReading();
            }

            _listener.RecordObservableInstruments();
            var text = new PrometheusText();
            foreach (var family in families)
            {
                family.Write(text);
            }

            return text.ToString();
        }
    }

    public void Dispose() => _listener.Dispose();
}
