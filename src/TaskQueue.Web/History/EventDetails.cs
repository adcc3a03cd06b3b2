using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>What the history keeps of an event beside what has columns of its own, as JSON.</summary>
internal static class EventDetails
{
    private static readonly string[] InColumns = ["kind", "at", "id", "type", "counts", "run", "wait"];

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        TypeInfoResolver = new DefaultJsonTypeInfoResolver
        {
            Modifiers =
            {
                static type =>
                {
                    foreach (var property in type.Properties.Where(property => type.Type == typeof(TaskEvent) && InColumns.Contains(property.Name, StringComparer.Ordinal)).ToList())
                    {
                        type.Properties.Remove(property);
                    }
                },
            },
        },
    };

    /// <summary>The text to keep.</summary>
    public static string Write(TaskEvent told) => JsonSerializer.Serialize(told with { Error = TaskEvent.Bounded(told.Error), Message = TaskEvent.Bounded(told.Message), Trace = TaskEvent.Bounded(told.Trace), Headers = TaskEvent.BoundedHeaders(told.Headers), Body = Bounded(told.Body) }, Json);

    // Whoever tells it bounds it, in bytes; this is for who does not.
    private static string? Bounded(string? body) => body is { Length: > TaskEvent.LongestBody } ? null : body;
}
