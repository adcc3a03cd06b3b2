using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Control;

/// <summary>What a pool does about the commands of operators.</summary>
/// <param name="types">What it runs, which belongs to its loop.</param>
/// <param name="problems">What keeps workers from their work.</param>
/// <param name="cancellations">What it is not to run.</param>
/// <param name="orders">Reaches the loop.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class PoolCommands(
    IReadOnlyDictionary<string, TypeRunner> types,
    Func<IReadOnlyList<ServiceProblem>> problems,
    Cancellations cancellations,
    Orders orders,
    TimeProvider time,
    ILogger logger)
{
    // As long as one that asks may want a task to be remembered.
    private static readonly TimeSpan LongestMemory = TimeSpan.FromDays(366), UsualMemory = TimeSpan.FromDays(7);

    /// <summary>The commands that concern workers and tasks.</summary>
    public IEnumerable<KeyValuePair<string, ControlCommand>> All =>
    [
        new(ControlCommands.Workers, ControlCommand.Looking((request, stop) => orders.DoAsync(() => ControlAnswer.ToJson(Workers(request.Text("type"))), stop))),
        new(ControlCommands.Running, ControlCommand.Looking(
            (request, stop) => orders.DoAsync(() => ControlAnswer.ToJson(Tasks(request)), stop))),
        new(ControlCommands.Cancel, ControlCommand.Steering((request, stop) => orders.DoAsync(() => ControlAnswer.ToJson(Cancel(request)), stop))),
        new(ControlCommands.Uncancel, ControlCommand.Steering((request, stop) => orders.DoAsync(() => ControlAnswer.ToJson(Uncancel(request)), stop))),
        new(ControlCommands.Pause, ControlCommand.Steering((request, stop) => orders.DoAsync(() => PauseOrResume(request, paused: true), stop))),
        new(ControlCommands.Resume, ControlCommand.Steering((request, stop) => orders.DoAsync(() => PauseOrResume(request, paused: false), stop))),
    ];

    /// <summary>What it has for each type.</summary>
    public IReadOnlyList<TypeReport> Types() => [.. types.OrderBy(type => type.Key, StringComparer.Ordinal).Select(type => TypeOf(type.Key, type.Value))
        .Where(report => report is not { Workers: 0, Running: 0, Waiting: 0, Paused: false })];

    /// <summary>Ends tasks that the pool has, and does not start the others.</summary>
    /// <returns>Those that it has.</returns>
    public IReadOnlyList<CancelReport> Cancel(IReadOnlyCollection<TaskCancellation> wanted)
    {
        // First: what a process gives back because of it must not be started again.
        Remember(wanted);
        var by = wanted.DistinctBy(cancellation => cancellation.Id, StringComparer.Ordinal).ToDictionary(cancellation => cancellation.Id, StringComparer.Ordinal);

        // A pool has far fewer tasks than there may be ids.
        var held = types.Values
            .SelectMany(type => type.Feed.MessageIds)
            .Where(by.ContainsKey)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return [.. held.Select(id => Cancel(id, by[id].By)).Where(report => report.Found)];
    }

    /// <summary>Takes note of tasks that are not to be started.</summary>
    public void Remember(IReadOnlyCollection<TaskCancellation> wanted)
    {
        if (cancellations.Add(wanted) is > 0 and var dropped)
        {
            logger.CancellationsDropped(dropped, CancellationStore.Most);
        }
    }

    private static TypeReport TypeOf(string name, TypeRunner type)
    {
        var workers = type.ReportWorkers();
        return new TypeReport(name)
        {
            Workers = type.Running.Count,
            Ready = workers.Count(worker => worker.State is "idle" or "busy"),
            Running = workers.Sum(worker => worker.Running),
            Waiting = workers.Sum(worker => worker.Waiting) + type.Feed.WaitingCount,
            Paused = type.Feed.IsPaused,
            OldestPublished = type.Feed.OldestPublished,
        };
    }

    private CancelReport Cancel(string id, string by)
    {
        foreach (var type in types.Values)
        {
            if (type.Feed.TryCancel(id, by) is { } report)
            {
                return report;
            }
        }

        return new CancelReport(id, Found: false);
    }

    private IReadOnlyList<CancelReport> Cancel(ControlRequest request)
    {
        var by = request.Text("by") is { Length: > 0 } who ? who : "somebody";
        var now = time.GetUtcNow();
        var until = request.Text("until") is { } text && DateTimeOffset.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var asked) ? asked : now + UsualMemory;
        until = until < now + LongestMemory ? until : now + LongestMemory;
        return Cancel([.. IdsOf(request).Select(id => new TaskCancellation(id, by, until) { At = now })]);
    }

    // What was told to end ends: only those are run that have not been met yet.
    private SteeringReport Uncancel(ControlRequest request)
    {
        var forgotten = cancellations.Forget(IdsOf(request));
        return new SteeringReport(Done: true, forgotten == 1 ? "1 cancellation forgotten" : $"{forgotten} cancellations forgotten");
    }

    private static IReadOnlyList<string> IdsOf(ControlRequest request) =>
        request.Body["ids"] is JsonArray { Count: > 0 and <= CancellationStore.Most } ids
        && ids.All(id => id is JsonValue value && value.TryGetValue(out string? name) && name.Length is > 0 and <= MessageIds.LongestBytes)
            ? [.. ids.Select(id => (string)id!)]
            : throw new ControlRefusedException($"\"ids\": expected a list of 1 to {CancellationStore.Most} message ids");

    private IEnumerable<TypeRunner> Those(string? type) =>
        types.Where(known => type is null || string.Equals(known.Key, type, StringComparison.OrdinalIgnoreCase)).Select(known => known.Value);

    private IReadOnlyList<WorkerReport> Workers(string? type) => WorkerProblems.Tell([.. Those(type).SelectMany(runner => runner.ReportWorkers())], problems(), type);

    private IReadOnlyList<TaskReport> Tasks(ControlRequest request)
    {
        var (id, beginning) = (request.Text("id"), request.Text("id_beginning"));
        return
        [
            .. Those(request.Text("type")).SelectMany(runner => runner.Feed.Report())
                .Where(task => (id is null || task.Id == id) && (beginning is null || task.Id.StartsWith(beginning, StringComparison.Ordinal))),
        ];
    }

    private JsonNode? PauseOrResume(ControlRequest request, bool paused)
    {
        var name = request.RequiredText("type");
        if (Those(name).FirstOrDefault() is not { } type || (type.Running.Count == 0 && !type.Feed.IsPaused))
        {
            return ControlAnswer.ToJson(new SteeringReport(Done: false, $"does not serve {name}"));
        }

        var was = type.Feed.IsPaused;
        if (paused)
        {
            type.Feed.Pause();
        }
        else
        {
            type.Feed.Resume();
        }

        var running = type.Processes.Sum(process => process.Report().Running);
        return ControlAnswer.ToJson(new SteeringReport(Done: true, (paused, was) switch
        {
            (true, _) => $"{(was ? "was paused already" : "paused")}; {(running == 1 ? "1 task still runs" : $"{running} tasks still run")}",
            (false, true) => "resumed",
            (false, false) => "was not paused",
        }));
    }
}
