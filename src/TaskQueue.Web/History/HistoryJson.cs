using System.Globalization;
using System.Text.Json.Nodes;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>Tasks of the history, as the API tells of them.</summary>
internal static class HistoryJson
{
    /// <summary>A time of the history. What nobody could have meant is the nearest that there is.</summary>
    public static DateTimeOffset Instant(long milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(Math.Clamp(milliseconds, 0, 253_402_300_799_999));

    /// <summary>A time of the history as text.</summary>
    public static string Time(long milliseconds) => Instant(milliseconds).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.fffZ", CultureInfo.InvariantCulture);

    /// <summary>A task in a list.</summary>
    public static JsonObject Of(HistoryTask task) => WithoutNothing(new JsonObject
    {
        ["id"] = task.Id,
        ["type"] = task.Type,
        ["state"] = task.State,
        ["at"] = Time(task.At),
        ["state_at"] = Time(task.StateAt),
        ["outcome"] = task.Outcome,
        ["host"] = task.Host,
        ["attempts"] = task.Attempts,
        ["run_milliseconds"] = task.RunMicroseconds is { } run ? run / 1000d : null,
        ["error"] = task.Error,
    });

    /// <summary>A task with all that has happened to it.</summary>
    public static JsonObject Of(TaskTimeline timeline)
    {
        var task = Of(timeline.Task);
        if (LastOf(timeline, TaskEventKinds.Started) is { } started)
        {
            Take(started, "worker", "pid", "user", "plugin");
        }

        if (timeline.Task.State == TaskStates.Running && LastOf(timeline, TaskEventKinds.Progress) is { } progress)
        {
            Take(progress, "fraction", "message");
        }

        task["body"] = BodyOf(timeline, TaskEventKinds.Started);
        task["result"] = BodyOf(timeline, TaskEventKinds.Ended);
        task["events"] = new JsonArray([.. timeline.Events.Select(told => (JsonNode)Of(told))]);
        task["older_events_left_out"] = timeline.IsCut ? true : null;
        return WithoutNothing(task);

        void Take(TimelineEvent told, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
            {
                task[name == "fraction" ? "progress" : name] = told.Details[name]?.DeepClone();
            }
        }
    }

    /// <summary>The latest body that is kept: of the task (of a run that started) or of its result (of one that ended).</summary>
    public static JsonObject? BodyOf(TaskTimeline timeline, string kind) => LastOf(timeline, kind)?.Details is { } details && details["body"] is { } text
        ? WithoutNothing(new JsonObject { ["content_type"] = details["content_type"]?.DeepClone(), ["bytes"] = details["body_bytes"]?.DeepClone(), ["text"] = text.DeepClone() })
        : null;

    private static TimelineEvent? LastOf(TaskTimeline timeline, string kind) => timeline.Events.LastOrDefault(told => told.Kind == kind);

    private static JsonObject Of(TimelineEvent told)
    {
        var json = new JsonObject { ["at"] = Time(told.At), ["kind"] = told.Kind, ["service"] = told.Service, ["host"] = told.Host, ["service_pid"] = told.ServicePid };
        foreach (var (name, value) in told.Details)
        {
            // Bodies stand where they are looked for, once.
            if (name != "body")
            {
                json[name] = name is "until" or "started" or "published" && value is JsonValue number && number.TryGetValue(out long milliseconds) ? Time(milliseconds) : value?.DeepClone();
            }
        }

        return WithoutNothing(json);
    }

    private static JsonObject WithoutNothing(JsonObject json)
    {
        foreach (var name in json.Where(member => member.Value is null).Select(member => member.Key).ToList())
        {
            json.Remove(name);
        }

        return json;
    }
}
