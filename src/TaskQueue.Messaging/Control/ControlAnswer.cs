using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskQueue.Messaging.Control;

/// <summary>What a running service answers to a command that came by way of <see cref="QueueNames.Control"/>.</summary>
/// <param name="Service">Who answers.</param>
public sealed record ControlAnswer(ServiceIdentity Service)
{
    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>What the command asked for; its form is the command's.</summary>
    public JsonNode? Result { get; init; }

    /// <summary>Why the service cannot answer, such as that it does not know the command.</summary>
    public string? Error { get; init; }

    /// <summary>What its clock shows as it answers.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Makes the form in which something is sent.</summary>
    /// <param name="value">A record of this namespace.</param>
    /// <returns>JSON.</returns>
    public static JsonNode? ToJson<T>(T value) => JsonSerializer.SerializeToNode(value, Json);

    /// <summary>Reads an answer.</summary>
    /// <param name="body">The body of the message.</param>
    /// <returns>The answer, or <see langword="null"/> when it is none.</returns>
    public static ControlAnswer? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonSerializer.Deserialize<ControlAnswer>(body, Json) is { Service: { Id: not null } } answer ? answer : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Reads the result.</summary>
    /// <typeparam name="T">A record of this namespace.</typeparam>
    /// <returns>The result, or nothing when it is none of these.</returns>
    public T? ResultAs<T>()
    {
        try
        {
            return Result is null ? default : Result.Deserialize<T>(Json);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>The body of the message.</summary>
    /// <returns>JSON in UTF-8.</returns>
    public ReadOnlyMemory<byte> ToBody() => JsonSerializer.SerializeToUtf8Bytes(this, Json);
}

/// <summary>Who a service is.</summary>
/// <param name="Kind">What it is: <c>dispatcher</c> or <c>workerpool</c>.</param>
/// <param name="Host">The host it runs on.</param>
/// <param name="Pid">Its process there.</param>
/// <param name="Id">Unique to this run of it.</param>
public sealed record ServiceIdentity(string Kind, string Host, int Pid, string Id)
{
    /// <summary>This process.</summary>
    /// <param name="kind">What it is.</param>
    /// <returns>Its identity, made up anew with each call.</returns>
    public static ServiceIdentity New(string kind) => new(kind, Environment.MachineName, Environment.ProcessId, Guid.NewGuid().ToString("N"));

    /// <summary>For people.</summary>
    /// <returns>Such as <c>workerpool 4711 on host1</c>.</returns>
    public override string ToString() => $"{Kind} {Pid} on {Host}";
}
