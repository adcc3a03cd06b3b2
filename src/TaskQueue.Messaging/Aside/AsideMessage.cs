using System.Text.Json.Nodes;

namespace TaskQueue.Messaging.Aside;

/// <summary>What a list says of a message that was set aside.</summary>
/// <param name="Properties">Its properties, without what is long.</param>
/// <param name="SizeBytes">The size of its body.</param>
internal sealed record AsideMessage(MessageProperties Properties, long SizeBytes)
{
    /// <summary>Of a delivery. Its body and its trace are not kept.</summary>
    public static AsideMessage Of(Delivery delivery)
    {
        var properties = delivery.Properties.WithoutDeliveryCounts();
        var headers = properties.Headers?.Where(header => header.Key.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal) && header.Key != HeaderNames.Trace)
            .ToDictionary(StringComparer.Ordinal);
        return new AsideMessage(properties with { Headers = headers }, delivery.Body.Length);
    }

    /// <summary>For programs; members that do not belong to its kind are not there, others are null where nothing is known.</summary>
    public JsonObject ToJson(AsideKind kind)
    {
        var json = new JsonObject { ["message_id"] = Properties.MessageId };
        if (kind == AsideKind.Unroutable)
        {
            json["worker_type"] = Properties.HeaderText(HeaderNames.UnroutableType);
            json["since"] = Properties.HeaderText(HeaderNames.UnroutableSince);
        }
        else
        {
            json["reason"] = Properties.HeaderText(HeaderNames.Reason);
        }

        if (kind == AsideKind.Buried)
        {
            json["error"] = Properties.HeaderText(HeaderNames.Error);
            json["error_type"] = Properties.HeaderText(HeaderNames.ErrorType);
            json["attempts"] = long.TryParse(Properties.HeaderText(HeaderNames.Attempts), out var attempts) ? attempts : null;
            json["buried_by"] = Properties.HeaderText(HeaderNames.BuriedBy);
            json["first_failure"] = Properties.HeaderText(HeaderNames.FirstFailure);
            json["last_failure"] = Properties.HeaderText(HeaderNames.LastFailure);
            json["host"] = Properties.HeaderText(HeaderNames.Host);
            json["worker"] = Properties.HeaderText(HeaderNames.Worker);
        }

        json["content_type"] = Properties.ContentType;
        json["size_bytes"] = SizeBytes;
        return json;
    }
}
