using System.Diagnostics;
using System.Diagnostics.Metrics;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Tracing;

namespace TaskQueue.Client.Publishing;

/// <summary>A task being enqueued, for whoever listens to the activity source or the meter <c>TaskQueue.Client</c>.</summary>
internal sealed class Measurement
{
    private const string Name = "TaskQueue.Client", Operation = "publish";

    private static readonly ActivitySource Source = new(Name);
    private static readonly Meter Meter = new(Name);

    // https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/
    private static readonly Counter<long> Sent = Meter.CreateCounter<long>(
        "messaging.client.sent.messages", "{message}", "Tasks that were enqueued, and those that could not be");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "messaging.client.operation.duration", "s", "Time from handing a task to the client to the broker's confirm");

    private readonly Activity? _span;
    private readonly string _queue;
    private readonly long _began = Stopwatch.GetTimestamp();
    private int _ended;

    private Measurement(Activity? span, string queue) => (_span, _queue) = (span, queue);

    /// <summary>Begins to measure.</summary>
    /// <param name="message">The task's message, which carries the trace on when there is one.</param>
    /// <returns><see langword="null"/> when nobody listens.</returns>
    public static Measurement? Start(ref OutgoingMessage message)
    {
        if (!Source.HasListeners() && !Sent.Enabled && !Duration.Enabled)
        {
            return null;
        }

        var span = MessageSpan.Start(
            Source, ActivityKind.Producer, Operation, MessageSpan.Send, message.RoutingKey, message.Properties, message.Body.Length, Activity.Current?.Context ?? default);
        if (span is not null)
        {
            message = message with { Properties = TraceHeaders.Write(message.Properties, span) };
        }

        return new Measurement(span, message.RoutingKey);
    }

    /// <summary>It is enqueued, or could not be. Later calls do nothing.</summary>
    public void End(Exception? failure)
    {
        if (Interlocked.Exchange(ref _ended, 1) == 1)
        {
            return;
        }

        var error = failure?.GetType().FullName;
        var tags = new TagList { { "messaging.system", "rabbitmq" }, { "messaging.operation.name", Operation }, { "messaging.destination.name", _queue } };
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        Sent.Add(1, tags);
        Duration.Record(Stopwatch.GetElapsedTime(_began).TotalSeconds, tags);
        MessageSpan.End(_span, error, failure?.Message);
    }
}
