using System.Text.Json;
using System.Text.Json.Serialization;

namespace TaskQueue.Messaging.Events;

/// <summary>What a service tells in one message on <see cref="QueueNames.Events"/>: events in the order in which it saw them.</summary>
/// <remarks>Each event of a source has a number, from 1. A number that never comes is an event that is lost; one that comes again is the same event.</remarks>
/// <param name="Source">Unique to this run of the service.</param>
/// <param name="First">The number of the first event; where there is none, that of the next.</param>
public sealed record EventBatch(string Source, long First)
{
    /// <summary>What the body of such a message is.</summary>
    public const string ContentType = "application/json";

    /// <summary>The most events of a batch.</summary>
    public const int MostEvents = 10_000;

    /// <summary>The largest body of such a message, in bytes.</summary>
    public const int LargestBody = 16 * 1024 * 1024;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        AllowDuplicateProperties = false,
    };

    /// <summary>What the service is: <c>dispatcher</c> or <c>workerpool</c>.</summary>
    public string Service { get; init; } = "";

    /// <summary>The host it runs on.</summary>
    public string Host { get; init; } = "";

    /// <summary>Its process there.</summary>
    public int Pid { get; init; }

    /// <summary>When it started: milliseconds since 1970.</summary>
    public long Started { get; init; }

    /// <summary>When it has sent this.</summary>
    public long Sent { get; init; }

    /// <summary>The least share of the tasks that it has told of since the batch before, failures apart; see <see cref="EventSampling"/>.</summary>
    /// <value>0 to 1; 1 for all of them.</value>
    public double Share { get; init; } = 1;

    /// <summary>How many events before the first it could not keep until they were sent.</summary>
    public long Lost { get; init; }

    /// <summary>Since when, until just now, nobody wanted to know, so that nothing was noted.</summary>
    public long? QuietSince { get; init; }

    /// <summary>Whether it is the last one: the service has stopped.</summary>
    public bool Ends { get; init; }

    /// <summary>The events.</summary>
    public IReadOnlyList<TaskEvent> Events { get; init; } = [];

    /// <summary>Reads a batch.</summary>
    /// <param name="body">The body of the message.</param>
    /// <returns>The batch, or <see langword="null"/> when it is none.</returns>
    public static EventBatch? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return body.Length <= LargestBody && JsonSerializer.Deserialize<EventBatch>(body, Json) is { } batch && batch.IsSound() ? batch : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The body of the message.</summary>
    /// <returns>JSON in UTF-8.</returns>
    public ReadOnlyMemory<byte> ToBody() => JsonSerializer.SerializeToUtf8Bytes(this, Json);

    // It may come from another version, or from anybody who may publish there.
    private bool IsSound() => Source is { Length: > 0 and <= 64 } && First is > 0 and < long.MaxValue / 2 && Events is { Count: <= MostEvents }
        && TaskEvent.IsName(Service) && TaskEvent.IsName(Host) && Share is >= 0 and <= 1 && Lost >= 0 && Events.All(told => told is not null);
}
