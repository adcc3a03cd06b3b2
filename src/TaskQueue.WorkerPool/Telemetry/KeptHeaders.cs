using System.Globalization;
using System.Text;
using TaskQueue.Messaging.Events;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>Headers as the history keeps them.</summary>
internal static class KeptHeaders
{
    /// <summary>What is kept of headers: those that are text, or can be written so.</summary>
    /// <param name="headers">The headers, as workers get them.</param>
    /// <param name="masked">Those whose values are masked, on their own and within what is JSON.</param>
    public static IReadOnlyDictionary<string, string>? Of(IReadOnlyDictionary<string, object?> headers, IReadOnlyList<string> masked) => headers.Count == 0 ? null : TaskEvent.BoundedHeaders(
        from header in headers
        let text = masked.Contains(header.Key, StringComparer.OrdinalIgnoreCase) ? KeptBody.Mask : TextOf(header.Value, masked)
        where text is not null
        select KeyValuePair.Create(header.Key, text));

    private static string? TextOf(object? value, IReadOnlyList<string> masked) => value switch
    {
        string text => text.TrimStart() is ['{' or '[', ..] ? KeptBody.Of(Encoding.UTF8.GetBytes(text), contentType: null, masked).Text : text,
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(format: null, CultureInfo.InvariantCulture),
        _ => null,
    };
}
