using System.Globalization;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;
using TaskQueue.Bench.Scenarios;
using TaskQueue.Messaging;

namespace TaskQueue.Bench;

/// <summary>Measures scenarios, run by run.</summary>
internal sealed class Bencher(Workbench bench, BenchOptions options, TextWriter progress)
{
    // What a run leaves behind - deleted queues, files, warm processors - is not to be the next one's.
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>Measures a scenario.</summary>
    public async Task<Results> RunAsync(Scenario scenario, QueueType queueType, CancellationToken stop)
    {
        var trial = new Trial(bench, queueType, options, stop);
        IReadOnlyList<Subject> subjects =
        [
            .. scenario.Subjects
                .Where(subject => subject.Backlog <= options.Backlog && subject.Name.Contains(options.Only, StringComparison.Ordinal))
                .SelectMany(subject => options.Before is { } before && !subject.IsRaw ? [subject, subject.With(before)] : (Subject[])[subject]),
        ];
        var results = new Results(scenario, subjects, queueType);
        for (var run = 1; run <= options.Runs; run++)
        {
            // Side by side and in alternating order, so that what else the machine does falls on all alike.
            foreach (var subject in run % 2 == 1 ? subjects : subjects.Reverse())
            {
                await Task.Delay(Pause, TimeProvider.System, stop);
                var measurement = await subject.MeasureAsync(trial);
                results.Add(subject, measurement);
                var (metric, value) = measurement.Values[0];
                await progress.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{scenario.Name}, {queueType}, run {run} of {options.Runs}: {subject.Name}: {value:N2} {metric.Name}"));
            }
        }

        return results;
    }
}
