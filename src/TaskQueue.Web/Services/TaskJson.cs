using System.Text.Json.Serialization;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Web.Services;

/// <summary>A task that a pool has, as the API tells of it.</summary>
internal sealed record TaskJson
{
    [JsonPropertyName("id")]
    public required string Id { get; init; }

    [JsonPropertyName("type")]
    public required string Type { get; init; }

    [JsonPropertyName("state")]
    public required string State { get; init; }

    [JsonPropertyName("host")]
    public required string Host { get; init; }

    [JsonPropertyName("worker")]
    public string? Worker { get; init; }

    [JsonPropertyName("pid")]
    public int? Pid { get; init; }

    [JsonPropertyName("user")]
    public string? User { get; init; }

    [JsonPropertyName("milliseconds")]
    public long Milliseconds { get; init; }

    [JsonPropertyName("attempt")]
    public int Attempt { get; init; }

    [JsonPropertyName("progress")]
    public double? Progress { get; init; }

    [JsonPropertyName("message")]
    public string? Message { get; init; }

    [JsonPropertyName("cancelled_by")]
    public string? CancelledBy { get; init; }

    /// <summary>Of a pool's report.</summary>
    public static TaskJson Of(ServiceIdentity service, TaskReport task) => new()
    {
        Id = task.Id,
        Type = task.WorkerType,
        State = task switch { { Running: true } => "running", { Unsettled: true } => "unsettled", _ => "waiting" },
        Host = service.Host,
        Worker = task.Worker,
        Pid = task.Pid,
        User = task.User,
        Milliseconds = task.Milliseconds,
        Attempt = task.Attempt,
        Progress = task.Fraction,
        Message = task.Message,
        CancelledBy = task.CancelledBy,
    };
}
