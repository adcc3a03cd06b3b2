using System.Text.Json.Nodes;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Control;

/// <summary>The tasks that pools have, for people and programs.</summary>
internal static class TaskTable
{
    private const long Mebi = 1024 * 1024;
    private const int NameLength = 128, MessageLength = 60, BarLength = 10;

    /// <summary>All tasks of all answers: those that run first, the longest first.</summary>
    public static IReadOnlyList<(string Host, TaskReport Task)> All(IEnumerable<ControlAnswer> answers) =>
    [
        .. answers.SelectMany(answer => (answer.ResultAs<List<TaskReport>>() ?? []).Select(task => (answer.Service.Host, Task: task)))
            .OrderByDescending(found => found.Task.Running).ThenByDescending(found => found.Task.Milliseconds),
    ];

    public static Tables.Table Of(IEnumerable<(string Host, TaskReport Task)> tasks)
    {
        // Only some sections tell what their tasks use.
        var shown = tasks.ToList();
        string[] usage = shown.Exists(found => found.Task.CpuMilliseconds is not null) ? ["CPU", "Peak memory"] : [];
        return new(
            ["Task", "Type", "Host", "Pid", "User", "Runtime", .. usage, "Progress"],
            [.. shown.Select(found => Row(found.Host, found.Task, usage.Length > 0))],
            usage.Length > 0 ? [3, 5, 6, 7] : [3, 5])
        {
            Values = usage.Length > 0 ? [10, 9, 5, 2, 1, 8, 4, 3, 7] : [10, 9, 5, 2, 1, 8, 7],
        };
    }

    public static JsonArray ToJson(IEnumerable<(string Host, TaskReport Task)> tasks) => new([.. tasks.Select(found =>
    {
        var json = ControlAnswer.ToJson(found.Task)!.AsObject();
        json.Insert(1, "host", found.Host);
        return (JsonNode)json;
    })]);

    /// <summary>How far a task is, in a few words.</summary>
    public static string Progress(TaskReport task)
    {
        var message = PlainText.Line(task.Message, MessageLength);
        return task switch
        {
            { CancelledBy: { } by } => $"cancelled by {PlainText.Line(by, MessageLength)}",
            { Unsettled: true } => "is done, and cannot be settled for now",
            { Running: false, Pid: null } => "waits for a worker",
            { Running: false } => $"next on {PlainText.Line(task.Worker, NameLength)}",
            { Fraction: { } fraction } => $"{new string('#', (int)(fraction * BarLength)).PadRight(BarLength, '.')} {fraction * 100:0}% {message}".TrimEnd(),
            { Attempt: > 1 } => $"attempt {task.Attempt}",
            _ => "-",
        };
    }

    private static Tables.Row Row(string host, TaskReport task, bool hasUsage) => new(
        [
            PlainText.Line(task.Id, NameLength), PlainText.Line(task.WorkerType, NameLength), PlainText.Line(host, NameLength), task.Pid?.ToString() ?? "-",
            PlainText.Line(task.User ?? "-", NameLength), task.Running ? Ages.Text(task.Milliseconds) : "-",
            .. hasUsage ? [task.CpuMilliseconds is { } cpu ? Ages.Text(cpu) : "-", task.PeakBytes is { } peak ? $"{peak / Mebi} MiB" : "-"] : (string[])[],
            Progress(task),
        ],
        task switch
        {
            { CancelledBy: not null } => Tables.Mood.Doubtful,
            { Running: false } => Tables.Mood.Asleep,
            _ => Tables.Mood.Plain,
        });
}
