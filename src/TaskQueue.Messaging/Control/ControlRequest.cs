using System.Text.Json.Nodes;

namespace TaskQueue.Messaging.Control;

/// <summary>A command for running services: a JSON object with its name and whatever belongs to it.</summary>
/// <param name="Command">The name.</param>
/// <param name="Body">All of it.</param>
public sealed record ControlRequest(string Command, JsonObject Body)
{
    private const string CommandKey = "command";

    /// <summary>What a service counts, as <see cref="LedgerExtract"/>.</summary>
    public const string Ledger = "ledger";

    /// <summary>A command without arguments.</summary>
    /// <param name="command">Its name.</param>
    public ControlRequest(string command)
        : this(command, new JsonObject { [CommandKey] = command })
    {
    }

    /// <summary>Reads a command.</summary>
    /// <param name="body">The body of the message.</param>
    /// <returns>The command, or <see langword="null"/> when it is none.</returns>
    public static ControlRequest? Read(ReadOnlySpan<byte> body)
    {
        try
        {
            return JsonNode.Parse(body) is JsonObject json && json[CommandKey] is JsonValue name && name.TryGetValue(out string? command)
                ? new ControlRequest(command, json)
                : null;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>The body of the message.</summary>
    /// <returns>JSON in UTF-8.</returns>
    public ReadOnlyMemory<byte> ToBody() => System.Text.Encoding.UTF8.GetBytes(Body.ToJsonString());
}
