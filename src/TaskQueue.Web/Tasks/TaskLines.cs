using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using TaskQueue.Client;
using TaskQueue.Configuration;
using TaskQueue.Web.Access;

namespace TaskQueue.Web.Tasks;

/// <summary>Tasks as lines of JSON, https://github.com/ndjson/ndjson-spec.</summary>
internal static class TaskLines
{
    /// <summary>How many there may be in one request.</summary>
    public const int Most = 100_000;

    private const int MostProblems = 10;

    private static readonly JsonSerializerOptions Json = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = System.Text.Json.Serialization.JsonUnmappedMemberHandling.Disallow,
    };

    /// <summary>Reads all of them.</summary>
    /// <param name="caller">Who sends them.</param>
    /// <param name="body">The lines.</param>
    /// <exception cref="BadHttpRequestException">One of them is wrong; none is to be sent then.</exception>
    public static IReadOnlyList<NewTask> Read(Caller caller, ReadOnlyMemory<byte> body)
    {
        var tasks = new List<NewTask>();
        var problems = new List<string>();
        var status = StatusCodes.Status400BadRequest;
        var number = 0;
        while (!body.IsEmpty && problems.Count < MostProblems)
        {
            number++;
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            if (line.Span.Trim(" \t\r"u8).IsEmpty)
            {
                continue;
            }

            try
            {
                tasks.Add(ReadLine(caller, line.Span));
            }
            catch (BadHttpRequestException e)
            {
                problems.Add($"line {number}: {e.Message}");
                status = Math.Max(status, e.StatusCode);
            }
        }

        return problems.Count > 0 ? throw Problems.Bad($"Nothing was sent: {string.Join(" ", problems)}", status)
            : tasks.Count is 0 or > Most ? throw Problems.Bad($"Expected 1 to {Most:N0} tasks, one in each line; found {tasks.Count:N0}.")
            : tasks;
    }

    private static NewTask ReadLine(Caller caller, ReadOnlySpan<byte> text)
    {
        Line line;
        try
        {
            line = JsonSerializer.Deserialize<Line>(text, Json) ?? throw new JsonException();
        }
        catch (JsonException e)
        {
            throw Problems.Bad($"expected a JSON object with \"type\" and \"body\", \"text\" or \"base64\"{(e.Path is { Length: > 2 } path ? $"; it is wrong at {path[2..]}" : "")}.");
        }

        var (body, contentType) = BodyOf(line);
        return Submission.TaskOf(caller, line.Type ?? throw Problems.Bad("\"type\" is missing."), body, new EnqueueOptions
        {
            ContentType = line.ContentType ?? contentType,
            MessageId = line.Id,
            Delay = Duration("delay", line.Delay),
            DeliverAt = line.At,
            Priority = line.Priority,
            Expiration = Duration("expires", line.Expires),
            ReplyTo = line.ReplyTo,
            CorrelationId = line.CorrelationId,
            Headers = line.Headers?.ToDictionary(header => header.Key, header => (object?)header.Value, StringComparer.Ordinal),
        });
    }

    private static (ReadOnlyMemory<byte> Body, string ContentType) BodyOf(Line line)
    {
        switch (line)
        {
            case { Body.ValueKind: not JsonValueKind.Undefined, Text: null, Base64: null }:
                return (Encoding.UTF8.GetBytes(line.Body.GetRawText()), "application/json");
            case { Body.ValueKind: JsonValueKind.Undefined, Text: { } text, Base64: null }:
                return (Encoding.UTF8.GetBytes(text), "text/plain");
            case { Body.ValueKind: JsonValueKind.Undefined, Text: null, Base64: { } bytes }:
                return (bytes, "application/octet-stream");
            default:
                throw Problems.Bad("expected one of \"body\", \"text\" and \"base64\".");
        }
    }

    private static TimeSpan? Duration(string name, string? text) => text is null
        ? null
        : ConfigurationText.ReadDuration(text) ?? throw Problems.Bad($"\"{name}\" is \"{text}\": expected a duration such as 500ms, 30s, 5m, 1h or 1d.");

    /// <summary>A line.</summary>
    private sealed record Line
    {
        public string? Type { get; init; }

        public JsonElement Body { get; init; }

        public string? Text { get; init; }

        public byte[]? Base64 { get; init; }

        public string? ContentType { get; init; }

        public string? Id { get; init; }

        public string? Delay { get; init; }

        public DateTimeOffset? At { get; init; }

        public byte? Priority { get; init; }

        public string? Expires { get; init; }

        public string? ReplyTo { get; init; }

        public string? CorrelationId { get; init; }

        public Dictionary<string, string>? Headers { get; init; }
    }
}
