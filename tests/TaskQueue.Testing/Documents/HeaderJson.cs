using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Testing.Documents;

/// <summary>Headers in the form that schemas are about.</summary>
public static class HeaderJson
{
    /// <summary>The headers of a message as JSON; tables are objects.</summary>
    public static JsonObject Of(MessageProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        var json = new JsonObject();
        foreach (var (name, value) in HeaderValues.Plain(properties.Headers))
        {
            json[name] = value is string text && text.StartsWith('{') ? JsonNode.Parse(text) : JsonSerializer.SerializeToNode(value);
        }

        return json;
    }
}
