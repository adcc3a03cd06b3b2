using System.Diagnostics;

namespace TaskQueue.Messaging.Tracing;

/// <summary>Trace contexts in the headers of messages, as <see href="https://www.w3.org/TR/trace-context/">W3C Trace Context</see> writes them.</summary>
public static class TraceHeaders
{
    /// <summary>The context that a message came with.</summary>
    /// <param name="properties">Its properties.</param>
    /// <returns>The dispatcher's where it left one, else the publisher's; nothing when there is none, or none that can be read.</returns>
    public static ActivityContext Read(MessageProperties properties)
    {
        ArgumentNullException.ThrowIfNull(properties);
        if (properties.Headers is null)
        {
            return default;
        }

        var parent = properties.HeaderText(HeaderNames.DispatchTraceParent) ?? properties.HeaderText(HeaderNames.TraceParent);
        return ActivityContext.TryParse(parent, properties.HeaderText(HeaderNames.TraceState), isRemote: true, out var context) ? context : default;
    }

    /// <summary>The properties of a message that a span publishes.</summary>
    /// <param name="properties">Its properties.</param>
    /// <param name="span">The span.</param>
    /// <returns>A copy whose <c>traceparent</c> is the span's.</returns>
    public static MessageProperties Write(MessageProperties properties, Activity span)
    {
        ArgumentNullException.ThrowIfNull(properties);
        ArgumentNullException.ThrowIfNull(span);
        var parent = KeyValuePair.Create<string, object?>(HeaderNames.TraceParent, span.Id);
        return span.TraceStateString is { Length: > 0 } state
            ? properties.WithHeaders(parent, KeyValuePair.Create<string, object?>(HeaderNames.TraceState, state))
            : properties.WithHeaders(parent);
    }

    /// <summary>The properties of a message that a dispatcher forwards: what the publisher wrote stays as it is.</summary>
    /// <param name="properties">Its properties.</param>
    /// <param name="span">The dispatcher's span.</param>
    /// <returns>A copy that tells of the span beside the publisher's own <c>traceparent</c>.</returns>
    public static MessageProperties WriteDispatch(MessageProperties properties, Activity span)
    {
        ArgumentNullException.ThrowIfNull(properties);
        ArgumentNullException.ThrowIfNull(span);
        return properties.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.DispatchTraceParent, span.Id));
    }
}
