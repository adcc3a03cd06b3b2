using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskQueue;

/// <summary>The JSON work item of the Ruote workflow engine: an object with <c>fields</c>, <c>fei</c> and more.</summary>
/// <remarks>
/// Everything that a worker does not touch goes out as it came in: unknown members, their order, numbers beyond the
/// range of .NET's types.
/// </remarks>
public sealed class RuoteWorkItem : WorkItem
{
    /// <summary>The work item type.</summary>
    public const string Type = "application/x-ruote-workitem";

    /// <summary>How deep objects and lists may nest.</summary>
    public const int MaxDepth = 256;

    internal static readonly JsonSerializerOptions WriteOptions = new()
    {
        // Results travel in messages, not in HTML: "é" stays "é".
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        MaxDepth = MaxDepth,
    };

    /// <summary>A work item around a JSON object.</summary>
    /// <param name="root">The whole work item. It is kept, not copied.</param>
    /// <param name="contentType">The message's content type.</param>
    public RuoteWorkItem(JsonObject root, string contentType = Type)
        : base(contentType)
    {
        ArgumentNullException.ThrowIfNull(root);
        Root = root;
    }

    /// <inheritdoc/>
    public override string WorkItemType => Type;

    /// <summary>The whole work item.</summary>
    public JsonObject Root { get; }

    /// <summary>The workflow's variables, <c>fields</c>: what a worker reads and changes. Created where there are none.</summary>
    public JsonObject Fields => ObjectAt(Root, "fields");

    /// <summary>The parameters of this step, <c>fields.params</c>; <c>worker_type</c> is one of them. Created where there are none.</summary>
    public JsonObject Params => ObjectAt(Fields, "params");

    /// <summary>The flow expression id, <c>fei</c>, by which the engine knows the step.</summary>
    /// <value>A read-only copy; <see cref="JsonValueKind.Undefined"/> when the work item has none.</value>
    public JsonElement Fei => Root["fei"] is { } fei ? JsonSerializer.SerializeToElement(fei, WriteOptions) : default;

    /// <summary>The worker type, <c>fields.params.worker_type</c>, or <see langword="null"/> where it is not a text.</summary>
    public string? WorkerType =>
        ((Root["fields"] as JsonObject)?["params"] as JsonObject)?["worker_type"] is JsonValue value && value.TryGetValue<string>(out var name) ? name : null;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Encode() => JsonSerializer.SerializeToUtf8Bytes(Root, WriteOptions);

    /// <summary>Sets the top-level members <c>error</c> and, with a trace, <c>trace</c>.</summary>
    /// <inheritdoc/>
    public override void SetFailure(string error, string? trace)
    {
        Root["error"] = error;
        if (trace is not null)
        {
            Root["trace"] = trace;
        }
    }

    private static JsonObject ObjectAt(JsonObject parent, string name)
    {
        if (parent[name] is not JsonObject child)
        {
            parent[name] = child = [];
        }

        return child;
    }
}
