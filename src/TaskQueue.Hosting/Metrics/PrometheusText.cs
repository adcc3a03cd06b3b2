using System.Globalization;
using System.Text;

namespace TaskQueue.Hosting.Metrics;

/// <summary>Writes Prometheus' text format, version 0.0.4:
/// <see href="https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format"/>.</summary>
internal sealed class PrometheusText
{
    /// <summary>The content type of it.</summary>
    public const string ContentType = "text/plain; version=0.0.4; charset=utf-8";

    private readonly StringBuilder _text = new();

    /// <summary>The name of an instrument, as OpenTelemetry translates it for Prometheus.</summary>
    /// <param name="name">Such as <c>taskqueue.task.run.time</c>.</param>
    /// <param name="unit">Such as <c>s</c>; one in braces, such as <c>{task}</c>, only explains.</param>
    /// <param name="kind">What it is.</param>
    /// <returns>Such as <c>taskqueue_task_run_time_seconds</c>.</returns>
    public static string NameOf(string name, string? unit, MetricKind kind)
    {
        var translated = string.Concat(name.Select(c => char.IsAsciiLetterOrDigit(c) || c is '_' or ':' ? c : '_'));
        var suffix = unit switch
        {
            "s" => "_seconds",
            "By" => "_bytes",
            _ => "",
        };
        return translated + suffix + (kind == MetricKind.Counter ? "_total" : "");
    }

    /// <summary>Tags as labels: <c>queue="worker_resize",fate="done"</c>.</summary>
    public static string Labels(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in tags)
        {
            text.Append(text.Length == 0 ? "" : ",").Append(NameOf(name, unit: null, MetricKind.Gauge)).Append("=\"");
            text.Append(Convert.ToString(value, CultureInfo.InvariantCulture)
                ?.Replace(@"\", @"\\", StringComparison.Ordinal)
                .Replace("\"", "\\\"", StringComparison.Ordinal)
                .Replace("\n", @"\n", StringComparison.Ordinal)).Append('"');
        }

        return text.ToString();
    }

    /// <summary>Begins the lines of a metric.</summary>
    public void Family(string name, string? description, MetricKind kind)
    {
        var help = (description ?? "").Replace(@"\", @"\\", StringComparison.Ordinal).ReplaceLineEndings(" ");
        _text.Append("# HELP ").Append(name).Append(' ').Append(help).Append('\n');
        _text.Append("# TYPE ").Append(name).Append(' ').Append(kind switch
        {
            MetricKind.Counter => "counter",
            MetricKind.Histogram => "histogram",
            _ => "gauge",
        }).Append('\n');
    }

    /// <summary>Writes one value.</summary>
    public void Sample(string name, string labels, double value)
    {
        _text.Append(name);
        if (labels.Length > 0)
        {
            _text.Append('{').Append(labels).Append('}');
        }

        _text.Append(' ').Append(Number(value)).Append('\n');
    }

    /// <summary>Writes a histogram.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="labels">Its labels.</param>
    /// <param name="boundaries">The upper end of each bucket but the last.</param>
    /// <param name="counts">How many values are in each.</param>
    /// <param name="sum">The sum of all values.</param>
    /// <param name="count">The number of all values.</param>
    public void Histogram(string name, string labels, double[] boundaries, long[] counts, double sum, long count)
    {
        var before = labels.Length == 0 ? "" : labels + ",";
        var below = 0L;
        for (var i = 0; i < boundaries.Length; i++)
        {
            below += counts[i];
            Sample(name + "_bucket", $"{before}le=\"{Number(boundaries[i])}\"", below);
        }

        Sample(name + "_bucket", $"{before}le=\"+Inf\"", count);
        Sample(name + "_sum", labels, sum);
        Sample(name + "_count", labels, count);
    }

    /// <summary>All that was written.</summary>
    public override string ToString() => _text.ToString();

    private static string Number(double value) => value switch
    {
        double.PositiveInfinity => "+Inf",
        double.NegativeInfinity => "-Inf",
        _ => value.ToString("R", CultureInfo.InvariantCulture),
    };
}
