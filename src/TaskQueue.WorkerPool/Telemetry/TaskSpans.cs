using System.Diagnostics;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Tracing;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Settling;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>The spans of a task: its run, which covers the worker process, and the publishing of each result.</summary>
internal static class TaskSpans
{
    private static readonly ActivitySource Source = new(PoolTelemetry.Name);

    /// <summary>A worker has run a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="began">When it began.</param>
    public static Activity? Run(PoolTask task, DateTimeOffset began)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var span = MessageSpan.Start(
            Source, ActivityKind.Consumer, "process", MessageSpan.Process, task.Queue, task.Properties, task.Body.Length, TraceHeaders.Read(task.Properties), began);
        if (span is { IsAllDataRequested: true })
        {
            span.SetTag("taskqueue.worker_type", task.Worker.WorkerType);
            span.SetTag("taskqueue.worker", task.Worker.Name);
            span.SetTag("taskqueue.attempt", task.Attempt);
            span.SetTag("process.pid", task.Pid);
        }

        return span;
    }

    /// <summary>The run is over.</summary>
    public static void EndRun(PoolTask task, string outcome, TaskFailure? failure)
    {
        if (task.Span is { } span)
        {
            span.SetTag("taskqueue.outcome", outcome);
            MessageSpan.End(span, failure?.Word, failure?.Error);
        }
    }

    /// <summary>Publishes a result of a task, as a part of its trace where there is one.</summary>
    /// <param name="task">The task.</param>
    /// <param name="result">The message.</param>
    /// <param name="publish">Publishes it.</param>
    public static Task PublishAsync(PoolTask task, OutgoingMessage result, Func<OutgoingMessage, Task> publish) =>
        task.Span is { } run ? PublishAsync(run, result, publish) : publish(result);

    private static async Task PublishAsync(Activity run, OutgoingMessage result, Func<OutgoingMessage, Task> publish)
    {
        var span = MessageSpan.Start(
            Source, ActivityKind.Producer, "publish", MessageSpan.Send, result.RoutingKey, result.Properties, result.Body.Length, run.Context);

        // Of a trace that is not kept whoever gets the result should know that, too.
        await publish(result with { Properties = TraceHeaders.Write(result.Properties, span ?? run) });
        MessageSpan.End(span);
    }
}
