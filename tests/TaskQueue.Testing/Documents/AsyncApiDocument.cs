using System.Text.Json.Nodes;
using Json.Schema;
using YamlDotNet.Serialization;

namespace TaskQueue.Testing.Documents;

/// <summary>docs/asyncapi.yaml: the messages of the system as programs read about them.</summary>
public sealed class AsyncApiDocument
{
    private const string SchemaReference = "#/components/schemas/", MessageReference = "#/components/messages/";

    private readonly JsonObject _root;
    private readonly JsonObject _schemas;

    private AsyncApiDocument(JsonObject root)
    {
        _root = root;
        _schemas = root["components"]!["schemas"]!.AsObject();
    }

    /// <summary>The names of all messages.</summary>
    public IEnumerable<string> Messages => _root["components"]!["messages"]!.AsObject().Select(message => message.Key);

    /// <summary>The names of all headers, of any message.</summary>
    public IReadOnlySet<string> Headers => _schemas
        .Where(schema => schema.Key.EndsWith("Headers", StringComparison.Ordinal))
        .SelectMany(schema => Properties(schema.Key))
        .ToHashSet(StringComparer.Ordinal);

    /// <summary>Reads the document.</summary>
    public static AsyncApiDocument Read()
    {
        using var text = File.OpenText(Path.Combine(SourceTree.Root, "docs", "asyncapi.yaml"));
        var yaml = new DeserializerBuilder().WithAttemptingUnquotedStringTypeDeserialization().Build().Deserialize<object>(text);
        return new AsyncApiDocument(JsonNode.Parse(new SerializerBuilder().JsonCompatible().Build().Serialize(yaml))!.AsObject());
    }

    /// <summary>The messages of a channel, by its address.</summary>
    /// <param name="address">Such as <c>worker_{type}</c>.</param>
    public IEnumerable<string> MessagesAt(string address) => _root["channels"]!.AsObject()
        .Where(channel => (string?)channel.Value!["address"] == address)
        .SelectMany(channel => channel.Value!["messages"]!.AsObject().Select(message => ((string)message.Value!["$ref"]!)[MessageReference.Length..]));

    /// <summary>The addresses of all channels that have one.</summary>
    public IEnumerable<string> Addresses => _root["channels"]!.AsObject().Select(channel => (string?)channel.Value!["address"]).OfType<string>();

    /// <summary>The names of a schema's own members.</summary>
    /// <param name="schema">The schema's name.</param>
    public IReadOnlySet<string> Properties(string schema) =>
        (_schemas[schema]?["properties"]?.AsObject().Select(property => property.Key) ?? []).ToHashSet(StringComparer.Ordinal);

    /// <summary>The words that a member of a schema may be.</summary>
    /// <param name="schema">The schema's name.</param>
    /// <param name="property">The member's name.</param>
    public IReadOnlySet<string> Words(string schema, string property) =>
        _schemas[schema]!["properties"]![property]!["enum"]!.AsArray().Select(word => (string)word!).ToHashSet(StringComparer.Ordinal);

    /// <summary>What is wrong with the headers or the payload of a message.</summary>
    /// <param name="message">The message's name.</param>
    /// <param name="part"><c>headers</c> or <c>payload</c>.</param>
    /// <param name="instance">What was found.</param>
    /// <returns>The errors, or <see langword="null"/> when it is as the document says.</returns>
    public string? Problem(string message, string part, JsonNode? instance)
    {
        var schema = _root["components"]!["messages"]![message]![part]!.DeepClone().AsObject();
        schema["$defs"] = _schemas.DeepClone();
        var text = schema.ToJsonString().Replace(SchemaReference, "#/$defs/", StringComparison.Ordinal);
        var results = JsonSchema.FromText(text).Evaluate(instance, new EvaluationOptions { OutputFormat = OutputFormat.List });
        return results.IsValid
            ? null
            : $"{message} {part} {instance?.ToJsonString()}: " + string.Join(
                "; ", results.Details.Where(detail => detail.Errors is not null).SelectMany(detail => detail.Errors!.Select(error => $"{detail.InstanceLocation} {error.Value}")));
    }
}
