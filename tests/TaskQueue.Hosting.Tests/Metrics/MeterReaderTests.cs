using System.Diagnostics.Metrics;
using TaskQueue.Hosting.Metrics;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Metrics;

public sealed class MeterReaderTests : IDisposable
{
    private readonly Meter _meter = new("tests");
    private readonly MeterReader _reader;

    public MeterReaderTests() => _reader = new MeterReader(_meter);

    public void Dispose()
    {
        _reader.Dispose();
        _meter.Dispose();
    }

    [Fact]
    public void Counters_add_up_and_are_named_as_OpenTelemetry_translates_them()
    {
        var counter = _meter.CreateCounter<long>("taskqueue.things", "{thing}", "Things \\ that\nhappened");

        counter.Add(1, MeterTags.Queue("a"));
        counter.Add(2, MeterTags.Queue("a"));
        counter.Add(5, MeterTags.Queue("b"));

        Assert.Equal(
            """
            # HELP taskqueue_things_total Things \\ that happened
            # TYPE taskqueue_things_total counter
            taskqueue_things_total{queue="a"} 3
            taskqueue_things_total{queue="b"} 5

            """,
            Ours());
    }

    [Fact]
    public void What_is_observed_is_told_as_it_is_at_each_reading_and_gone_when_nobody_tells_it()
    {
        long? value = 1;
        _meter.CreateObservableGauge<long>("depth", () => value is { } now ? [new(now, MeterTags.Queue("a"), MeterTags.Fate("done"))] : [], null, "Depth");
        Assert.Contains("depth{queue=\"a\",fate=\"done\"} 1\n", Ours(), StringComparison.Ordinal);

        value = 7;
        Assert.Contains("depth{queue=\"a\",fate=\"done\"} 7\n", Ours(), StringComparison.Ordinal);

        value = null;
        Assert.Equal("", Ours());
    }

    [Fact]
    public void Histograms_count_into_the_buckets_that_their_instrument_advises()
    {
        var histogram = _meter.CreateHistogram("run.time", "s", "Run time", tags: null, new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 1] });

        foreach (var seconds in (double[])[0.05, 0.1, 0.5, 20])
        {
            histogram.Record(seconds, MeterTags.WorkerType("x"));
        }

        Assert.Equal(
            """
            # HELP run_time_seconds Run time
            # TYPE run_time_seconds histogram
            run_time_seconds_bucket{worker_type="x",le="0.1"} 2
            run_time_seconds_bucket{worker_type="x",le="1"} 3
            run_time_seconds_bucket{worker_type="x",le="+Inf"} 4
            run_time_seconds_sum{worker_type="x"} 20.65
            run_time_seconds_count{worker_type="x"} 4

            """,
            Ours());
    }

    [Fact]
    public void Counts_nothing_twice_that_comes_from_many_threads_while_it_is_read()
    {
        const int Threads = 4, Each = 20_000;
        var counter = _meter.CreateCounter<long>("things", null, "Things");
        var histogram = _meter.CreateHistogram<double>("sizes", null, "Sizes");

        Parallel.For(0, Threads, thread =>
        {
            for (var i = 0; i < Each; i++)
            {
                counter.Add(1, MeterTags.Queue(thread % 2 == 0 ? "a" : "b"));
                histogram.Record(i);
                if (i % 1000 == 0)
                {
                    _reader.Read();
                }
            }
        });

        var text = Ours();
        Assert.Contains($"things_total{{queue=\"a\"}} {Threads / 2 * Each}\n", text, StringComparison.Ordinal);
        Assert.Contains($"sizes_count {Threads * Each}\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Meters_of_others_are_left_out_and_the_runtimes_are_in()
    {
        using var other = new Meter("tests");
        other.CreateObservableGauge("others", () => 1, null, "Of another service in this process");

        var text = _reader.Read();

        Assert.DoesNotContain("others", text, StringComparison.Ordinal);
        Assert.Contains("dotnet_process_cpu_time_seconds_total{", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Promtool_accepts_any_names_that_queues_may_have()
    {
        string[] names = ["worker_x", "a\"b", "a\\", "a\nb", "{}", "ä €", "", "le=\"1\"", "# HELP x", "\u0001"];
        _meter.CreateObservableGauge<long>("depth", () => names.Select((name, i) => new Measurement<long>(i, MeterTags.Queue(name))), null, "Depth");
        var histogram = _meter.CreateHistogram<double>("sizes", "By", "Sizes");
        foreach (var value in (double[])[0, 1e-9, 1e300, 3])
        {
            histogram.Record(value, MeterTags.Queue("a\"b\\"));
        }

        var (exitCode, output, error) = Shell.Try("promtool", _reader.Read(), "check", "metrics");

        Assert.Equal((0, "", ""), (exitCode, output, error));
    }

    // What comes from the runtime differs each time.
    private string Ours()
    {
        var lines = _reader.Read().Split('\n').Where(line => !line.Contains("dotnet_", StringComparison.Ordinal));
        return string.Join('\n', lines);
    }
}
