using System.Runtime.InteropServices;
using System.Text.Json;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Measuring;

/// <summary>Writes results for programs.</summary>
internal static class ResultsJson
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static async Task WriteAsync(IReadOnlyList<Results> all, FileInfo file, CancellationToken stop)
    {
        var report = new
        {
            Machine = new
            {
                Processors = Environment.ProcessorCount,
                System = RuntimeInformation.OSDescription,
                Runtime = RuntimeInformation.FrameworkDescription,
            },
            Scenarios = all.Select(results => new
            {
                results.Scenario.Name,
                results.Scenario.Description,
                Queues = results.QueueType == QueueType.Quorum ? "quorum" : "classic",
                Compared = results.Scenario.Comparison.Name,
                Subjects = results.Subjects.Select(subject => new
                {
                    subject.Name,
                    Messages = results.Of(subject).Select(run => run.Messages),
                    Figures = results.Metrics.Where(metric => results.Spread(subject, metric) is not null).ToDictionary(
                        metric => metric.Name,
                        metric => new { Spread = results.Spread(subject, metric), Runs = results.Of(subject).Select(run => run[metric]) }),
                    Compared = results.Compare(subject),
                    Before = results.CompareWithBefore(subject),
                }),
            }),
        };
        await using var output = file.Create();
        await JsonSerializer.SerializeAsync(output, report, Indented, stop);
    }
}
