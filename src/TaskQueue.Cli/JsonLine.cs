using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace TaskQueue.Cli;

/// <summary>JSON in one line.</summary>
internal static class JsonLine
{
    // It goes to shells and files, not into HTML: "é" stays "é".
    public static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(JsonNode node) => node.ToJsonString(Options);
}
