using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.EndToEndTests.Harness;

/// <summary>A message that a test took from a queue.</summary>
/// <param name="Properties">Its properties.</param>
/// <param name="Body">Its body.</param>
/// <param name="Copies">How many messages of this id came; one that the broker delivers again, since a connection was lost, is the same.</param>
public sealed record Received(MessageProperties Properties, byte[] Body, int Copies = 1)
{
    /// <summary>The id of the message; for a result, the id of its task.</summary>
    public string TaskId => (Properties.MessageId ?? "").Split(".result")[0];

    public string Text => Encoding.UTF8.GetString(Body);

    public JsonObject Json => JsonNode.Parse(Body)!.AsObject();

    /// <summary>A field of a Ruote workitem.</summary>
    public JsonNode? Field(string name) => Json["fields"]?[name];

    public string? Outcome => Properties.HeaderText(HeaderNames.Outcome);

    public string? Error => Properties.HeaderText(HeaderNames.Error);
}
