using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace TaskQueue;

/// <summary>The format of <see cref="RuoteWorkItem"/>.</summary>
public sealed class RuoteWorkItemFormat : IWorkItemFormat
{
    private static readonly JsonReaderOptions ReaderOptions = new() { MaxDepth = RuoteWorkItem.MaxDepth };
    private static readonly JsonDocumentOptions DocumentOptions = new() { MaxDepth = RuoteWorkItem.MaxDepth };

    private static ReadOnlySpan<byte> Utf8Bom => [0xEF, 0xBB, 0xBF];

    /// <inheritdoc/>
    public string WorkItemType => RuoteWorkItem.Type;

    /// <summary>Reads <c>fields.params.worker_type</c> in one pass over the body, which is checked to its end.</summary>
    /// <inheritdoc/>
    public string ReadWorkerType(ReadOnlySpan<byte> body)
    {
        try
        {
            return FindWorkerType(WithoutBom(body))
                ?? throw new MalformedWorkItemException("ruote workitem: there is no text at fields.params.worker_type");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a string that is not UTF-8, or half a surrogate pair.
            throw NotJson(e);
        }
    }

    /// <inheritdoc/>
    public WorkItem Decode(ReadOnlyMemory<byte> body, string contentType)
    {
        try
        {
            var json = WithoutBom(body.Span);
            var node = JsonNode.Parse(json, documentOptions: DocumentOptions);
            CheckCharacters(json);
            return node is JsonObject root && HasUniqueNames(root)
                ? new RuoteWorkItem(root, contentType)
                : throw new MalformedWorkItemException("ruote workitem: expected a JSON object");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw NotJson(e);
        }
        catch (ArgumentException e)
        {
            throw new MalformedWorkItemException($"ruote workitem: a member occurs twice: {e.Message}", e);
        }
    }

    // The last of several members with one name counts, as in nearly every JSON parser.
    private static string? FindWorkerType(ReadOnlySpan<byte> body)
    {
        var reader = new Utf8JsonReader(body, ReaderOptions);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw new MalformedWorkItemException("ruote workitem: expected a JSON object");
        }

        // How many steps of the path fields > params > worker_type lead to where the reader stands.
        var matched = 0;
        string? workerType = null;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.EndObject)
            {
                matched = Math.Min(matched, Math.Max(0, reader.CurrentDepth - 1));
                continue;
            }

            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != matched + 1)
            {
                continue;
            }

            if (!reader.ValueTextEquals(PathStep(matched)))
            {
                continue;
            }

            reader.Read();
            if (matched < 2)
            {
                workerType = null;
                matched += reader.TokenType == JsonTokenType.StartObject ? 1 : 0;
            }
            else
            {
                workerType = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
            }
        }

        return workerType;
    }

    // JsonObject finds a repeated name only when it is first looked into, and then throws ArgumentException. Looking now,
    // where the worker will look, makes it a malformed message and not a surprise inside the plugin.
    private static bool HasUniqueNames(JsonObject root) =>
        root.Count >= 0 && (root["fields"] is not JsonObject fields || fields["params"] is not JsonObject parameters || parameters.Count >= 0);

    // A document may hold half a surrogate pair or bytes that are no character, and is parsed all the same: what comes
    // out would throw only when the worker looks at it, or when the result is written.
    private static void CheckCharacters(ReadOnlySpan<byte> json)
    {
        if (!Utf8.IsValid(json))
        {
            throw new JsonException("its text is not UTF-8");
        }

        if (json.IndexOf("\\ud"u8) < 0 && json.IndexOf("\\uD"u8) < 0)
        {
            return;
        }

        var reader = new Utf8JsonReader(json, ReaderOptions);
        while (reader.Read())
        {
            if (reader.ValueIsEscaped)
            {
                _ = reader.GetString();
            }
        }
    }

    private static ReadOnlySpan<byte> PathStep(int step) => step switch
    {
        0 => "fields"u8,
        1 => "params"u8,
        _ => "worker_type"u8,
    };

    private static ReadOnlySpan<byte> WithoutBom(ReadOnlySpan<byte> body) =>
        body.StartsWith(Utf8Bom) ? body[Utf8Bom.Length..] : body;

    private static MalformedWorkItemException NotJson(Exception e) =>
        new($"ruote workitem: the body is not JSON: {e.Message}", e);
}
