using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>A task and all that has happened to it, over its runs and hosts.</summary>
/// <param name="Task">The task.</param>
/// <param name="Events">What has happened, the oldest first.</param>
/// <param name="IsCut">Whether older events than these are left out.</param>
internal sealed record TaskTimeline(HistoryTask Task, IReadOnlyList<TimelineEvent> Events, bool IsCut)
{
    private const int MostEvents = 1000;
    private const long AllowanceMilliseconds = 1000;

    /// <summary>Finds it.</summary>
    public static TaskTimeline? Find(SqliteConnection connection, string messageId, KnownWords words)
    {
        using var find = connection.CreateCommand();
        find.CommandText = $"SELECT id, at, {HistoryTask.Columns} FROM tasks WHERE message_id = $id";
        find.Parameters.AddWithValue("$id", messageId);
        HistoryTask task;
        long id;
        using (var row = find.ExecuteReader())
        {
            if (!row.Read())
            {
                return null;
            }

            (id, task) = (row.GetInt64(0), HistoryTask.Read(row, firstColumn: 2, row.GetInt64(1), words));
        }

        using var list = connection.CreateCommand();
        list.CommandText = """
            SELECT e.at, e.kind, e.details, s.service, s.host, s.pid FROM events e LEFT JOIN sources s ON s.id = e.source
            WHERE e.task = $task ORDER BY e.at DESC, e.source DESC, e.number DESC LIMIT $most
            """;
        list.Parameters.AddWithValue("$task", id);
        list.Parameters.AddWithValue("$most", MostEvents + 1);
        var events = new List<TimelineEvent>();
        using var rows = list.ExecuteReader();
        while (rows.Read())
        {
            events.Add(new TimelineEvent(rows.GetInt64(0), words.Of(rows.GetInt64(1)) ?? "", rows.TextOrNull(3), rows.TextOrNull(4), (int?)rows.NumberOrNull(5), Details(rows.GetString(2))));
        }

        var isCut = events.Count > MostEvents;
        events.Reverse();
        return new TaskTimeline(task, InOrder(isCut ? events[1..] : events), isCut);
    }

    /// <summary>Puts what a dispatcher tells before the run that followed from it. It hears that a task has arrived when a pool may have run it already, and clocks differ.</summary>
    private static List<TimelineEvent> InOrder(List<TimelineEvent> events)
    {
        for (var i = 1; i < events.Count; i++)
        {
            var told = events[i];
            for (var place = i; told.Kind == TaskEventKinds.Dispatched && place > 0 && IsOfRun(events[place - 1].Kind) && told.At - events[place - 1].At <= AllowanceMilliseconds; place--)
            {
                (events[place], events[place - 1]) = (events[place - 1], told);
            }
        }

        return events;
    }

    private static bool IsOfRun(string kind) => kind is TaskEventKinds.Started or TaskEventKinds.Progress or TaskEventKinds.Ended;

    private static JsonObject Details(string text) => JsonNode.Parse(text) as JsonObject ?? [];
}

/// <summary>Something that has happened to a task.</summary>
/// <param name="At">When, by the clock of the service that saw it: milliseconds since 1970.</param>
/// <param name="Kind">What, one of <see cref="Messaging.Events.TaskEventKinds"/>.</param>
/// <param name="Service">What the service is.</param>
/// <param name="Host">Its host.</param>
/// <param name="ServicePid">Its process.</param>
/// <param name="Details">What else there is to it.</param>
internal sealed record TimelineEvent(long At, string Kind, string? Service, string? Host, int? ServicePid, JsonObject Details);
