using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Unicode;

namespace TaskQueue;

/// <summary>The format of <see cref="RuoteWorkItem"/>.</summary>
public sealed class RuoteWorkItemFormat : IWorkItemFormat
{
    // Enough to find the place by.
    private const int MostQuotedBytes = 20;

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
            throw NotJson(WithoutBom(body), e);
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
            throw NotJson(WithoutBom(body.Span), e);
        }
        catch (ArgumentException e)
        {
            throw new MalformedWorkItemException($"ruote workitem: the member \"{FindRepeated(body)}\" occurs twice", e);
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
            throw new JsonException();
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

    private static string? FindRepeated(ReadOnlyMemory<byte> body)
    {
        using var document = JsonDocument.Parse(WithoutBom(body), DocumentOptions);
        var root = document.RootElement;
        return Repeated(root) ?? (root.TryGetProperty("fields", out var fields) ? Repeated(fields) ?? (fields.TryGetProperty("params", out var parameters) ? Repeated(parameters) : null) : null);

        static string? Repeated(JsonElement members) =>
            members.EnumerateObject().GroupBy(member => member.Name, StringComparer.Ordinal).FirstOrDefault(same => same.Skip(1).Any())?.Key;
    }

    private static ReadOnlyMemory<byte> WithoutBom(ReadOnlyMemory<byte> body) => body[^WithoutBom(body.Span).Length..];

    private static MalformedWorkItemException NotJson(ReadOnlySpan<byte> body, Exception e) => new(
        $"ruote workitem: the body is not JSON: {(e is JsonException { LineNumber: { } line, BytePositionInLine: { } position } ? Misfit(body, (int)line, (int)position) : "its text is not UTF-8, or has half a character")}",
        e);

    /// <summary>Where JSON ends to be JSON, with what stands there.</summary>
    /// <param name="body">The body.</param>
    /// <param name="line">The line, from 0 on.</param>
    /// <param name="position">The byte in the line, from 0 on.</param>
    private static string Misfit(ReadOnlySpan<byte> body, int line, int position)
    {
        var rest = body;
        for (var before = 0; before < line; before++)
        {
            rest = rest[(rest.IndexOf((byte)'\n') + 1)..];
        }

        rest = rest[Math.Min(position, rest.Length)..];
        if (rest.IsEmpty)
        {
            return "it ends too early";
        }

        var found = string.Concat(Encoding.UTF8.GetString(rest[..Math.Min(MostQuotedBytes, rest.Length)]).Select(c => char.IsControl(c) ? ' ' : c));
        var tooDeep = rest[0] is (byte)'{' or (byte)'[' ? $", or is nested deeper than {RuoteWorkItem.MaxDepth} levels" : "";
        return $"line {line + 1}, byte {position + 1}: what begins with \"{found}\" cannot stand there{tooDeep}";
    }
}
