using System.Diagnostics;
using TaskQueue.Dispatcher.Routing;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Tracing;

namespace TaskQueue.Dispatcher.Tracing;

/// <summary>The dispatcher's part of a message's trace: from the delivery to the broker's answer about the forwarded message.</summary>
/// <remarks>Without a listener it costs one look at a field per message.</remarks>
internal static class DispatchSpan
{
    /// <summary>The error of a span whose message went back to its queue without having been sent.</summary>
    public const string NotSent = "not_sent";

    private static readonly ActivitySource Source = new(DispatcherTelemetry.Name);

    /// <summary>Starts the span of a delivery.</summary>
    /// <param name="delivery">The delivery.</param>
    /// <param name="route">Where it goes.</param>
    /// <param name="properties">What it is forwarded with; with a span, it tells the pool of it.</param>
    /// <returns>The span, or <see langword="null"/> when nobody wants it.</returns>
    public static Activity? Start(Delivery delivery, Route route, ref MessageProperties properties)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        // A message that is offered again has a dispatcher's span already, of which this one is a continuation.
        var span = MessageSpan.Start(
            Source, ActivityKind.Consumer, "dispatch", MessageSpan.Process, delivery.Queue, properties, delivery.Body.Length, TraceHeaders.Read(properties));
        if (span is null)
        {
            return null;
        }

        span.SetTag("taskqueue.forwarded_to", route.Queue);
        span.SetTag("taskqueue.worker_type", route.WorkerType);
        if (route.Rejection is { } rejection)
        {
            span.SetTag("error.type", rejection.Outcome).SetStatus(ActivityStatusCode.Error, rejection.Reason);
        }

        properties = TraceHeaders.WriteDispatch(properties, span);
        return span;
    }

    /// <summary>Ends a span by what became of the forwarded message.</summary>
    public static void End(Activity? span, PublishOutcome outcome)
    {
        if (span is not null)
        {
            MessageSpan.End(span, outcome switch
            {
                PublishOutcome.Confirmed => null,
                PublishOutcome.Returned => "unroutable",
                PublishOutcome.Refused or PublishOutcome.RefusedForGood => "refused",
                _ => "connection_lost",
            });
        }
    }
}
