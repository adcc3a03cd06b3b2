using System.Text.Json.Nodes;

namespace TaskQueue.Messaging.Control;

/// <summary>A command for running services: a JSON object with its name and whatever belongs to it.</summary>
/// <param name="Command">The name, one of <see cref="ControlCommands"/>.</param>
/// <param name="Body">All of it.</param>
public sealed record ControlRequest(string Command, JsonObject Body)
{
    private const string CommandKey = "command";

    // Names and ids; a request of somebody who floods us must not get far.
    private const int LongestText = 1000;

    // As many ids as can be cancelled at once, in any script.
    private const int LargestBody = 8 * 1024 * 1024;

    private const int MostListed = 3;

    /// <summary>A command without arguments.</summary>
    /// <param name="command">Its name.</param>
    public ControlRequest(string command)
        : this(command, new JsonObject { [CommandKey] = command })
    {
    }

    /// <summary>The only host that is meant.</summary>
    /// <value><see langword="null"/> for all.</value>
    public string? Host => Body["host"] is JsonValue value && value.TryGetValue(out string? host) ? host : null;

    /// <summary>Reads a command.</summary>
    /// <param name="body">The body of the message.</param>
    /// <returns>The command, or <see langword="null"/> when it is none.</returns>
    public static ControlRequest? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return body.Length <= LargestBody && JsonNode.Parse(body) is JsonObject json && json[CommandKey] is JsonValue name && name.TryGetValue(out string? command)
                ? new ControlRequest(command, json)
                : null;
        }
        catch (Exception e) when (e is System.Text.Json.JsonException or ArgumentException)
        {
            // The second one tells of a name that an object has twice.
            return null;
        }
    }

    /// <summary>The command with an argument more.</summary>
    /// <param name="name">The argument.</param>
    /// <param name="value">Its value; <see langword="null"/> leaves it away.</param>
    /// <returns>Another command.</returns>
    public ControlRequest With(string name, JsonNode? value)
    {
        var body = Body.DeepClone().AsObject();
        if (value is not null)
        {
            body[name] = value;
        }

        return this with { Body = body };
    }

    /// <summary>An argument that is text.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text, or <see langword="null"/> when it is missing.</returns>
    /// <exception cref="ControlRefusedException">It is something else.</exception>
    public string? Text(string name) => Body[name] switch
    {
        null => null,
        JsonValue value when value.TryGetValue(out string? text) && text.Length <= LongestText => text,
        _ => throw new ControlRefusedException($"\"{name}\": expected a text of at most {LongestText} characters"),
    };

    /// <summary>An argument that is text and must be there.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The text.</returns>
    /// <exception cref="ControlRefusedException">It is missing, empty, or something else.</exception>
    public string RequiredText(string name) =>
        Text(name) is { Length: > 0 } text ? text : throw new ControlRefusedException($"\"{name}\" is missing: expected a text");

    /// <summary>An argument that is a whole number and must be there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="from">The least that is allowed.</param>
    /// <param name="to">The most that is allowed.</param>
    /// <returns>The number.</returns>
    /// <exception cref="ControlRefusedException">It is missing, out of range, or something else.</exception>
    public int RequiredNumber(string name, int from, int to) =>
        Body[name] is JsonValue value && value.TryGetValue(out int number) && number >= from && number <= to
            ? number
            : throw new ControlRefusedException($"\"{name}\": expected a number from {from} to {to}");

    /// <summary>What it says beside the command and who sends it, for people: <c>type = resize, workers = 8</c>.</summary>
    /// <param name="length">How long that may be at most.</param>
    /// <returns>Names and values; of a list the first ones and how many more there are. Empty when there are none.</returns>
    public string Arguments(int length)
    {
        var arguments = string.Join(", ", Body.Where(argument => argument.Key is not (CommandKey or "by")).Select(argument => $"{argument.Key} = {Value(argument.Value)}"));
        return arguments.Length <= length ? arguments : arguments[..length] + "...";
    }

    /// <summary>The body of the message.</summary>
    /// <returns>JSON in UTF-8.</returns>
    public ReadOnlyMemory<byte> ToBody() => System.Text.Encoding.UTF8.GetBytes(Body.ToJsonString());

    private static string Value(JsonNode? value) => value switch
    {
        JsonArray { Count: > MostListed } list => $"{string.Join(" ", list.Take(MostListed).Select(Value))} and {list.Count - MostListed} more",
        JsonArray list => string.Join(" ", list.Select(Value)),
        JsonValue text when text.TryGetValue(out string? plain) => plain,
        _ => value?.ToJsonString() ?? "null",
    };
}
