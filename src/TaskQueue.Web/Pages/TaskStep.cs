using System.Text.Json.Nodes;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Pages;

/// <summary>Something that has happened to a task, for people.</summary>
/// <param name="At">When: milliseconds since 1970.</param>
/// <param name="Title">What.</param>
/// <param name="Tone">How bad that is: <c>good</c>, <c>bad</c>, <c>warn</c>, <c>now</c> or <c>plain</c>.</param>
/// <param name="Where">The service that tells it.</param>
internal sealed record TaskStep(long At, string Title, string Tone, string Where)
{
    // What the titles say, and what stands by itself.
    private static readonly string[] Said = ["body", "headers", "content_type", "body_bytes", "error", "outcome", "until", "published", "started", "by", "fraction", "message", "queue", "attempt"];

    /// <summary>What else there is to it: names and values.</summary>
    public IReadOnlyList<(string Name, string Value)> Facts { get; init; } = [];

    /// <summary>What went wrong.</summary>
    public string? Error { get; init; }

    /// <summary>How many characters of that are known.</summary>
    public int ErrorLength { get; init; }

    /// <summary>Until when it waits.</summary>
    public long? Until { get; init; }

    /// <summary>Of an event.</summary>
    public static TaskStep Of(TimelineEvent told)
    {
        var (title, tone) = TitleOf(told);
        var error = Text(told.Details, "error");
        return new TaskStep(told.At, title, tone, $"{Say.Shortened(told.Service ?? "a service")} {told.ServicePid} on {Say.Shortened(told.Host ?? "?")}")
        {
            Facts = [.. told.Details.Where(detail => detail.Value is not null && !Said.Contains(detail.Key, StringComparer.Ordinal)).Select(detail => FactOf(detail.Key, detail.Value!))],
            Error = error is null ? null : Say.Shortened(error, Say.LongText),
            ErrorLength = error?.Length ?? 0,
            Until = Milliseconds(told.Details, "until"),
        };
    }

    private static (string Title, string Tone) TitleOf(TimelineEvent told)
    {
        var details = told.Details;
        var attempt = details["attempt"] is { } number ? $" {number.ToJsonString()}" : "";
        var by = Text(details, "by") is { } name ? $" by {Say.Shortened(name)}" : "";
        var queue = Text(details, "queue") is { } place ? Say.Shortened(place) : null;
        return told.Kind switch
        {
            TaskEventKinds.Dispatched => ($"Dispatched to {queue ?? "its worker type"}", "plain"),
            TaskEventKinds.Delayed => ("Delayed", "plain"),
            TaskEventKinds.Rejected => ($"Rejected{(queue is null ? "" : $", to {queue}")}", "bad"),
            TaskEventKinds.Unroutable => ("No pool has ever served its worker type", "bad"),
            TaskEventKinds.Started => ($"Run{attempt} started", "now"),
            TaskEventKinds.Progress => ($"{(Fraction(details) is { } share ? Say.Percent(share) : "Progress")}{(Text(details, "message") is { } message ? $": {Say.Shortened(message)}" : "")}", "now"),
            TaskEventKinds.Ended when Text(details, "outcome") is TaskStates.Success => ($"Run{attempt} succeeded", "good"),
            TaskEventKinds.Ended when Text(details, "outcome") is TaskStates.Returned => ($"Run{attempt} given back unharmed", "plain"),
            TaskEventKinds.Ended => ($"Run{attempt} ended: {Say.Shortened(Text(details, "outcome") ?? "?")}{by}", "bad"),
            TaskEventKinds.Retried => ($"Tried again{(queue is null ? "" : $", by way of {queue}")}", "warn"),
            TaskEventKinds.Buried => ($"Buried{(queue is null ? "" : $" in {queue}")}{by}", "bad"),
            TaskEventKinds.Kicked => ($"Sent back{(queue is null ? "" : $" to {queue}")}{by}", "warn"),
            TaskEventKinds.Deleted => ($"Deleted{by}", "warn"),
            _ => ($"{Say.Shortened(told.Kind)}{by}", "plain"),
        };
    }

    private static (string Name, string Value) FactOf(string name, JsonNode value) => (Name: name, value) switch
    {
        ("run_milliseconds", JsonValue number) when number.TryGetValue(out double run) => ("run time", Say.Duration(run)),
        ("cpu_milliseconds", JsonValue number) when number.TryGetValue(out long cpu) => ("processor time", Say.Duration((double)cpu)),
        ("peak_bytes", JsonValue number) when number.TryGetValue(out long peak) => ("peak memory", Say.Bytes(peak)),
        ("plugin", _) => ("plugin files", Say.Shortened(Plain(value), most: 40)),
        _ => (Say.Shortened(name.Replace('_', ' '), most: 40), Say.Shortened(Plain(value))),
    };

    // Numbers as they were written, also those that no machine's number can hold.
    private static string Plain(JsonNode value) => value is JsonValue text && text.TryGetValue(out string? plain) ? plain : value.ToJsonString();

    private static string? Text(JsonObject details, string name) => details[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;

    private static double? Fraction(JsonObject details) => details["fraction"] is JsonValue value && value.TryGetValue(out double fraction) ? fraction : null;

    private static long? Milliseconds(JsonObject details, string name) => details[name] is JsonValue value && value.TryGetValue(out long milliseconds) ? milliseconds : null;
}
