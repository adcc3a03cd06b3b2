using System.Globalization;
using TaskQueue.Cli.Control;
using TaskQueue.Cli.Status;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Top;

/// <summary>A sample as text, for pipes.</summary>
internal static class TopView
{
    private const int MostTasks = 15, MostFailures = 5, NameLength = 128, ErrorLength = 100;

    /// <summary>All of it.</summary>
    public static string Plain(TopSample sample, TopSample? earlier, TimeProvider time) =>
        $"{Headline(sample, time)}\n\n{string.Concat(Parts(sample, earlier, time).Select(part => $"{part.Title}\n{Tables.Plain(part.Table)}\n"))}"
        + string.Concat(sample.Queues.Warnings.Select(warning => $"warning: {warning}\n"));

    private static string Headline(TopSample sample, TimeProvider time)
    {
        var now = Instants.Second(time.GetUtcNow());
        var pools = sample.Services.Count(service => service.Service.Kind != "dispatcher");
        return $"{now}  {Quantity.Of(sample.Services.Count - pools, "dispatcher")}, {Quantity.Of(pools, "pool")}, {Quantity.Of(sample.Tasks.Count(found => found.Task.Running), "running task")}";
    }

    private static IEnumerable<(string Title, Tables.Table Table)> Parts(TopSample sample, TopSample? earlier, TimeProvider time)
    {
        yield return ("Queues", new Tables.Table(
            ["Queue", "Ready", "In/s", "Out/s", "Consumers"],
            [
                .. sample.Queues.Queues.Select(queue =>
                {
                    var (comes, leaves) = sample.RatesOf(queue, earlier, time);
                    return new Tables.Row(
                        [queue.Name, Number(queue.Ready), Rate(comes), Rate(leaves), Number(queue.Consumers)],
                        queue.Warning is not null ? Tables.Mood.Doubtful : queue.Ready is null ? Tables.Mood.Asleep : Tables.Mood.Plain);
                }),
            ],
            1, 2, 3, 4));
        if (sample.Services.Count > 0)
        {
            yield return ("Services", ServiceTable.Of(sample.Services));
        }

        if (sample.Tasks.Count > 0)
        {
            yield return (sample.Tasks.Count > MostTasks ? $"Tasks, the first {MostTasks} of {sample.Tasks.Count:N0}" : "Tasks", TaskTable.Of(sample.Tasks.Take(MostTasks)));
        }

        if (sample.Failures.Take(MostFailures).ToList() is { Count: > 0 } failures)
        {
            yield return ("Failures", new Tables.Table(
                ["Time", "Task", "Type", "Host", "Reason", "Error"],
                [
                    .. failures.Select(failed => new Tables.Row(
                        [
                            failed.Failure.Time.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture), PlainText.Line(failed.Failure.Id, NameLength),
                            PlainText.Line(failed.Failure.WorkerType, NameLength), PlainText.Line(failed.Host, NameLength), PlainText.Line(failed.Failure.Reason, NameLength),
                            PlainText.Line(failed.Failure.Error, ErrorLength),
                        ],
                        Tables.Mood.Bad)),
                ]));
        }
    }

    private static string Number(long? number) => number?.ToString("N0", CultureInfo.InvariantCulture) ?? "-";

    private static string Rate(double rate) => rate == 0 ? "-" : rate.ToString(rate < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture);
}
