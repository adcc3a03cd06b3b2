using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TaskQueue.Client;

namespace TaskQueue.Web.Functions;

/// <summary>A call of a function: its name, and the body that the worker gets.</summary>
/// <param name="Function">The name.</param>
/// <param name="Body">JSON with <c>function</c>, <c>args</c> and <c>kwargs</c>.</param>
internal sealed record FunctionCall(string Function, ReadOnlyMemory<byte> Body)
{
    private const string TaskNameHeader = "X-Aws-Sqsd-Taskname";

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a call.</summary>
    /// <param name="headers">The headers of the request: a periodic task has its name there, and no call in its body.</param>
    /// <param name="body">The body of the request, which the worker gets as it is.</param>
    /// <exception cref="BadHttpRequestException">It is none.</exception>
    public static FunctionCall Read(IHeaderDictionary headers, ReadOnlyMemory<byte> body)
    {
        var call = Parse(body);
        if (call?["function"] is null && headers[TaskNameHeader] is [{ Length: > 0 } name])
        {
            return new FunctionCall(name, FunctionBody.Write(name));
        }

        return call?["function"] is JsonValue value && value.TryGetValue(out string? function)
            && (call["args"] ?? new JsonArray()) is JsonArray && (call["kwargs"] ?? new JsonObject()) is JsonObject
            ? new FunctionCall(function, body)
            : throw Problems.Bad("Expected a JSON object {\"function\": NAME, \"args\": [...], \"kwargs\": {...}}.");
    }

    private static JsonObject? Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            return JsonNode.Parse(body.Span, documentOptions: Strict) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
