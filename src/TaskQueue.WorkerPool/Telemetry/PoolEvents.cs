using TaskQueue.Configuration;
using TaskQueue.Hosting.Events;
using TaskQueue.Messaging.Events;
using TaskQueue.Messaging.Tracing;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Telemetry;

/// <summary>Notes for the history what happens to tasks in this pool.</summary>
/// <param name="log">Takes it.</param>
/// <param name="time">The clock.</param>
internal sealed class PoolEvents(TaskEventLog log, TimeProvider time)
{
    private static readonly TimeSpan ProgressInterval = TimeSpan.FromSeconds(1);

    /// <summary>Whether anybody wants to know.</summary>
    public bool IsOn => log.IsOn;

    /// <summary>A worker has started a task.</summary>
    public void Begun(PoolTask task)
    {
        if (!log.IsOn)
        {
            return;
        }

        // Once for each run; what it is told of, it is told of whole.
        task.IsTold = log.Chooses(task.MessageId);
        if (task.IsTold)
        {
            var body = task.Worker.Options.HistoryBodies ? KeptBody.Of(task.Body.Span, task.Properties.ContentType, task.Worker.Options.HistoryMask) : null;
            log.Add(Of(TaskEventKinds.Started, task) with
            {
                User = task.Worker.UserName,
                Plugin = task.Worker.PluginMark,
                Published = TaskEvent.PublishedAt(task.Properties),
                Trace = TraceHeaders.Read(task.Properties) is { TraceId: var trace } && trace != default ? trace.ToHexString() : null,
                Headers = body is null ? null : KeptHeaders.Of(task.PlainHeaders, task.Worker.Options.HistoryMask),
                Body = body?.Text,
                BodyBytes = task.Body.Length,
                ContentType = TaskEvent.Bounded(task.Properties.ContentType),
            });
        }
    }

    /// <summary>A task tells how far it is.</summary>
    public void Progressed(PoolTask task, ProgressFrame progress)
    {
        if (task.IsTold && log.IsOn && (task.ProgressTold == 0 || time.GetElapsedTime(task.ProgressTold) >= ProgressInterval))
        {
            task.ProgressTold = time.GetTimestamp();
            log.Add(Of(TaskEventKinds.Progress, task) with { Fraction = double.IsFinite(progress.Fraction) ? Math.Clamp(progress.Fraction, 0, 1) : null, Message = TaskEvent.Bounded(progress.Message) });
        }
    }

    /// <summary>The run of a task is over.</summary>
    public void Ran(PoolTask task, TaskEnd end)
    {
        task.ExitCode = (end as TaskEnd.Died)?.Exit.ExitCode;
        if (log.IsOn && task.Worker.Options.HistoryBodies && end is TaskEnd.Reported { Result.Results: [var result, ..] })
        {
            task.ResultBody = KeptBody.Of(result.Body.Span, result.ContentType, task.Worker.Options.HistoryMask);
        }
    }

    /// <summary>It is decided how a task ended. All failures are told, and with what there is to know of the run: nothing else may be told of it.</summary>
    public void Ended(PoolTask task, string outcome, TaskFailure? failure)
    {
        if (!log.IsOn || (failure is null && !task.IsTold))
        {
            return;
        }

        var hasRun = task.Began != 0 && task.Pid != 0;
        log.Add(Of(TaskEventKinds.Ended, task) with
        {
            User = hasRun ? task.Worker.UserName : null,
            Plugin = hasRun ? task.Worker.PluginMark : null,
            Started = hasRun ? (time.GetUtcNow() - time.GetElapsedTime(task.Began)).ToUnixTimeMilliseconds() : null,
            RunMilliseconds = hasRun ? task.RunTime.TotalMilliseconds : null,
            CpuMilliseconds = (long?)task.Used?.Cpu.TotalMilliseconds,
            PeakBytes = task.Used?.PeakBytes,
            Outcome = outcome,
            Error = TaskEvent.Bounded(failure?.Error),
            ErrorType = TaskEvent.Bounded(failure?.ErrorType),
            ExitCode = task.ExitCode,
            By = TaskEvent.Bounded(task.CancelledBy),
            Body = task.ResultBody?.Text,
            BodyBytes = task.ResultBody?.Bytes,
            ContentType = TaskEvent.Bounded(task.ResultBody?.ContentType),
        });
    }

    /// <summary>The broker has what a failed task has become.</summary>
    public void Settled(PoolTask task, FailureAction action, TimeSpan delay, string? queue)
    {
        if (log.IsOn)
        {
            var kind = action switch { FailureAction.Release => TaskEventKinds.Retried, FailureAction.Bury => TaskEventKinds.Buried, _ => TaskEventKinds.Deleted };
            log.Add(Of(kind, task) with { Until = delay > TimeSpan.Zero ? (time.GetUtcNow() + delay).ToUnixTimeMilliseconds() : null, Queue = queue });
        }
    }

    private TaskEvent Of(string kind, PoolTask task) => new(kind, time.GetUtcNow().ToUnixTimeMilliseconds())
    {
        Id = task.MessageId,
        Type = task.Worker.WorkerType,
        Attempt = task.Attempt,
        Worker = task.Worker.Name,
        Pid = task.Pid == 0 ? null : task.Pid,
    };
}
