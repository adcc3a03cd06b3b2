using System.Globalization;
using Microsoft.AspNetCore.Http;
using TaskQueue.Client;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Tasks;

/// <summary>What a request says of its task beside the body.</summary>
internal static class TaskOptions
{
    private static readonly string[] Names = ["id", "delay", "at", "priority", "expires", "timeout", "reply_to", "correlation_id", "wait"];

    private const string OwnHeaderPrefix = "TaskQueue-Header-";

    /// <summary>Reads them.</summary>
    /// <exception cref="BadHttpRequestException">One of them is wrong.</exception>
    public static EnqueueOptions Read(HttpRequest request)
    {
        var values = new RequestValues(request);
        values.RequireKnown(Names);
        return new EnqueueOptions
        {
            ContentType = request.ContentType,
            ContentEncoding = request.Headers.ContentEncoding is [{ Length: > 0 } encoding] ? encoding : null,
            MessageId = values.Text("id"),
            Delay = values.Duration("delay"),
            DeliverAt = values.Instant("at"),
            Priority = (byte?)values.Number("priority", from: 0, to: byte.MaxValue),
            Expiration = values.Duration("expires"),
            ReplyTo = values.Text("reply_to"),
            CorrelationId = values.Text("correlation_id"),
            Headers = HeadersOf(request, values.Duration("timeout")),
        };
    }

    private static Dictionary<string, object?>? HeadersOf(HttpRequest request, TimeSpan? timeout)
    {
        // In lower case, as HTTP/2 has all names.
        var headers = request.Headers.Where(header => header.Key.StartsWith(OwnHeaderPrefix, StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key[OwnHeaderPrefix.Length..].ToLowerInvariant(), header => (object?)header.Value.ToString(), StringComparer.Ordinal);
        if (timeout is { } limit)
        {
            headers[HeaderNames.Timeout] = limit.TotalSeconds.ToString(CultureInfo.InvariantCulture);
        }

        return headers.Count > 0 ? headers : null;
    }
}
