using System.Text.Json.Nodes;
using TaskQueue.Client;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Sending;

/// <summary>What <c>send</c> prints.</summary>
internal static class SendOutput
{
    /// <summary>Enqueued tasks as JSON.</summary>
    public static string EnqueuedJson(IReadOnlyList<string> messageIds, TimeSpan elapsed) => JsonLine.Of(new JsonObject
    {
        ["message_ids"] = new JsonArray([.. messageIds.Select(id => (JsonNode)id)]),
        ["seconds"] = Math.Round(elapsed.TotalSeconds, 6),
    });

    /// <summary>How fast tasks were enqueued, for people.</summary>
    public static string Rate(int count, TimeSpan elapsed) =>
        $"{Quantity.Of(count, "task")} confirmed in {elapsed.TotalSeconds:F2} s: {count / Math.Max(elapsed.TotalSeconds, 1e-6):N0} a second";

    /// <summary>A result as JSON. A body that is JSON is embedded, a text is a string, anything else base64.</summary>
    public static string ResultJson(TaskResult result, TaskFailedException? failure)
    {
        var json = new JsonObject
        {
            ["message_id"] = result.MessageId,
            ["worker_type"] = result.WorkerType,
            ["outcome"] = failure?.Outcome ?? "success",
        };
        if (failure is not null)
        {
            json["error"] = failure.Error;
            json["trace"] = failure.Trace;
        }

        json["content_type"] = result.ContentType;
        json["headers"] = MessageJson.Headers(result.Headers);
        var (name, body) = BodyForm.Json(result.Body);
        json[name] = body;
        return JsonLine.Of(json);
    }
}
