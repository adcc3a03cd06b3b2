using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace TaskQueue.Hosting.Metrics;

/// <summary>What an instrument has measured, by its tags. Measured from any thread, read from one at a time.</summary>
internal sealed class MetricFamily
{
    // Where an instrument brings no advice of its own; OpenTelemetry's, for seconds.
    private static readonly double[] DefaultBuckets = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

    private readonly ConcurrentDictionary<string, Series> _series = new(StringComparer.Ordinal);
    private readonly Instrument _instrument;
    private readonly MetricKind _kind;
    private readonly bool _adds;
    private readonly double[] _buckets;

    public MetricFamily(Instrument instrument)
    {
        _instrument = instrument;
        var type = instrument.GetType().GetGenericTypeDefinition();
        _kind = type == typeof(Histogram<>) ? MetricKind.Histogram
            : type == typeof(Counter<>) || type == typeof(ObservableCounter<>) ? MetricKind.Counter
            : MetricKind.Gauge;
        _adds = type == typeof(Counter<>) || type == typeof(UpDownCounter<>);
        _buckets = (instrument as Histogram<double>)?.Advice?.HistogramBucketBoundaries?.ToArray() ?? DefaultBuckets;
        Name = PrometheusText.NameOf(instrument.Name, instrument.Unit, _kind);
    }

    /// <summary>Its name, as Prometheus has it.</summary>
    public string Name { get; }

    public void Record(double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        // The usual case makes no text: one tag, whose name is always the same.
        var key = tags.Length switch
        {
            0 => "",
            1 when tags[0].Value is string text => text,
            _ => PrometheusText.Labels(tags),
        };
        if (!_series.TryGetValue(key, out var series))
        {
            series = _series.GetOrAdd(key, new Series(PrometheusText.Labels(tags), _kind == MetricKind.Histogram ? _buckets : null));
        }

        series.Record(value, _adds);
    }

    /// <summary>What is observed is about to be told anew; what is not told then is gone.</summary>
    public void BeginReading()
    {
        if (_instrument.IsObservable)
        {
            _series.Clear();
        }
    }

    public void Write(PrometheusText text)
    {
        if (_series.IsEmpty)
        {
            return;
        }

        text.Family(Name, _instrument.Description, _kind);
        foreach (var series in _series.Values.OrderBy(series => series.Labels, StringComparer.Ordinal))
        {
            series.Write(text, Name);
        }
    }

    private sealed class Series(string labels, double[]? buckets)
    {
        // Protects the three below.
        private readonly Lock _gate = new();
        private readonly long[] _counts = new long[buckets is null ? 0 : buckets.Length + 1];
        private double _value;
        private long _count;

        public string Labels => labels;

        public void Record(double value, bool add)
        {
            lock (_gate)
            {
                _count++;
                if (buckets is not null)
                {
                    _value += value;
                    var index = Array.BinarySearch(buckets, value);
                    _counts[index < 0 ? ~index : index]++;
                }
                else
                {
                    _value = add ? _value + value : value;
                }
            }
        }

        public void Write(PrometheusText text, string name)
        {
            lock (_gate)
            {
                if (buckets is null)
                {
                    text.Sample(name, labels, _value);
                }
                else
                {
                    text.Histogram(name, labels, buckets, _counts, _value, _count);
                }
            }
        }
    }
}

/// <summary>What Prometheus knows metrics to be.</summary>
internal enum MetricKind
{
    /// <summary>Only grows.</summary>
    Counter,

    /// <summary>Comes and goes.</summary>
    Gauge,

    /// <summary>Counts by size.</summary>
    Histogram,
}
