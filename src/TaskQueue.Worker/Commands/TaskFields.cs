using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Worker.Tasks;

namespace TaskQueue.Worker.Commands;

/// <summary>Members of a task's JSON by their path: <c>customer.name</c>, <c>files.0</c>.</summary>
internal static class TaskFields
{
    private static readonly JsonSerializerOptions AsText = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = RuoteWorkItem.MaxDepth };

    private static readonly JsonDocumentOptions AsJson = new() { MaxDepth = RuoteWorkItem.MaxDepth };

    /// <summary>Reads a member: of the workitem's <c>fields</c>, or, where there is none, of the JSON as a whole.</summary>
    /// <returns>A text as it is, anything else as JSON.</returns>
    /// <exception cref="RefusedTaskException">There is none.</exception>
    public static string Read(WorkItem workItem, string path)
    {
        if (workItem is not RuoteWorkItem { Root: var root })
        {
            throw new RefusedTaskException($"the command wants the field \"{path}\", and a {workItem.WorkItemType} has no fields; expected a JSON object");
        }

        try
        {
            return (Find(root["fields"], path) ?? Find(root, path)) switch
            {
                null => throw new RefusedTaskException($"the command wants the field \"{path}\", which the task does not have"),
                JsonValue value when value.TryGetValue<string>(out var text) => text,
                var other => other.ToJsonString(AsText),
            };
        }
        catch (ArgumentException e)
        {
            // JsonObject notices a repeated name when it is first looked into.
            throw new RefusedTaskException($"the command wants the field \"{path}\", and a member on the way to it occurs twice", e);
        }
    }

    /// <summary>Puts what a command printed into a field.</summary>
    /// <param name="workItem">The task.</param>
    /// <param name="path">Where to; objects on the way are made.</param>
    /// <param name="value">The text, without the line ends behind it, or a JSON document.</param>
    public static void Write(RuoteWorkItem workItem, string path, JsonNode? value)
    {
        var steps = path.Split('.');
        var parent = workItem.Fields;
        foreach (var step in steps[..^1])
        {
            if (parent[step] is not JsonObject child)
            {
                parent[step] = child = [];
            }

            parent = child;
        }

        parent[steps[^1]] = value;
    }

    /// <summary>Reads what a command printed as JSON.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public static JsonNode? Parse(ReadOnlySpan<byte> output) => JsonNode.Parse(output, documentOptions: AsJson);

    private static JsonNode? Find(JsonNode? node, string path)
    {
        // A name may have dots itself.
        if (node is JsonObject whole && whole[path] is { } found)
        {
            return found;
        }

        foreach (var step in path.Split('.'))
        {
            node = node switch
            {
                JsonObject members => members[step],
                JsonArray items when int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var index) && index < items.Count => items[index],
                _ => null,
            };
        }

        return node;
    }
}
