using System.Diagnostics;

namespace TaskQueue.Messaging.Tracing;

/// <summary>Spans about one message, with the attributes of
/// <see href="https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/">OpenTelemetry's conventions for messaging</see>.</summary>
public static class MessageSpan
{
    /// <summary>The types of operations that the conventions know, as far as we do them.</summary>
    public const string Send = "send", Process = "process";

    // Errors quote plugins and brokers; a span is no place for all that they have to say.
    private const int MaxDescription = 500;

    /// <summary>Starts a span that nothing else becomes a child of by accident: it is not <see cref="Activity.Current"/>.</summary>
    /// <param name="source">Whose it is.</param>
    /// <param name="kind">Its kind.</param>
    /// <param name="operation">What is done, such as <c>publish</c>.</param>
    /// <param name="operationType"><see cref="Send"/> or <see cref="Process"/>.</param>
    /// <param name="queue">The queue that the message is sent to or comes from.</param>
    /// <param name="properties">The message.</param>
    /// <param name="bodyBytes">The length of its body.</param>
    /// <param name="parent">The context that it belongs to; nothing begins a trace.</param>
    /// <param name="began">When it began; by default now.</param>
    /// <returns>The span, or <see langword="null"/> when nobody wants it.</returns>
    public static Activity? Start(
        ActivitySource source, ActivityKind kind, string operation, string operationType, string queue, MessageProperties properties, int bodyBytes, ActivityContext parent, DateTimeOffset began = default)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(properties);
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            var span = source.StartActivity($"{operation} {queue}", kind, parent, startTime: began);
            if (span is { IsAllDataRequested: true })
            {
                span.SetTag("messaging.system", "rabbitmq");
                span.SetTag("messaging.operation.name", operation);
                span.SetTag("messaging.operation.type", operationType);
                span.SetTag("messaging.destination.name", queue);
                span.SetTag("messaging.message.id", properties.MessageId);
                span.SetTag("messaging.message.conversation_id", properties.CorrelationId);
                span.SetTag("messaging.message.body.size", bodyBytes);
            }

            return span;
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>Ends a span. Later calls do nothing.</summary>
    /// <param name="span">The span.</param>
    /// <param name="error">A word for what went wrong, or <see langword="null"/> when nothing did.</param>
    /// <param name="description">More about that.</param>
    public static void End(Activity? span, string? error = null, string? description = null)
    {
        if (span is null || span.IsStopped)
        {
            return;
        }

        if (error is not null)
        {
            span.SetTag("error.type", error);
            span.SetStatus(ActivityStatusCode.Error, description is { Length: > MaxDescription } ? description[..MaxDescription] : description);
        }

        // Stopping one sets what was current when it was started, which is not for us to change here.
        var current = Activity.Current;
        span.Stop();
        Activity.Current = current;
    }
}
