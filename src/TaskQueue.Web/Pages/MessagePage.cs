using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using TaskQueue.Web.Aside;

namespace TaskQueue.Web.Pages;

/// <summary>All of a message that was set aside.</summary>
/// <param name="desk">Looks for it.</param>
internal sealed class MessagePage(AsideDesk desk) : DashboardPage("/message", isStill: true)
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <inheritdoc/>
    public override async Task<PageContent> LoadAsync(PageRequest request)
    {
        var kind = AsideFilter.KindIn(request.Value);
        var id = request.Value("id") ?? throw Problems.Bad("Parameter \"id\" is missing.");
        var filter = AsideFilter.Read(kind, request.Value, [id]);
        if (kind.HasTypes && filter.Type is null)
        {
            throw Problems.Bad("Parameter \"type\" is missing.");
        }

        filter.Require(request.Caller);
        var found = await desk.FindAsync(kind, filter.Type ?? "", id, request.Value(AsideEndpoints.Anyway) is not null, request.Stop)
            ?? throw Problems.Bad($"No {kind.Name} {kind.Noun} has the id \"{Say.Shortened(id)}\" any more.", StatusCodes.Status404NotFound);
        return new PageContent(Say.Shortened(id, most: 60), typeof(MessageLive), new MessageModel(filter, PairsOf(found["properties"]), PairsOf(found["headers"]), BodyOf(found), (int)found["size_bytes"]!)
        {
            Original = found["original"] is JsonObject original ? original.ToJsonString(Indented) : null,
        })
        { IsLive = false };
    }

    private static IReadOnlyList<(string Name, string Value)> PairsOf(JsonNode? pairs) =>
        [.. pairs?.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key, TextOf(pair.Value))) ?? []];

    private static string BodyOf(JsonObject message) => message.TryGetPropertyValue("body", out var body) ? TextOf(body) : $"base64: {TextOf(message["body_base64"])}";

    private static string TextOf(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : node?.ToJsonString(Indented) ?? "null";
}
