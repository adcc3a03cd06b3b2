using System.Text;
using TaskQueue.Worker.Output;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>One run of one task: handled by the plugin or command, and answered by exactly one <see cref="ResultFrame"/>.</summary>
/// <param name="frame">The task.</param>
/// <param name="frames">The way to the pool.</param>
/// <param name="maxResultBytes">The most bytes of its results.</param>
/// <param name="time">The clock of its progress reports.</param>
internal sealed class TaskRun(TaskFrame frame, FrameOutput frames, long maxResultBytes, TimeProvider time) : IDisposable
{
    private readonly CancellationTokenSource _cancel = new();
    private readonly TaskOutput _output = new(frame.TaskId, frames);

    /// <summary>The task's number.</summary>
    public long TaskId => frame.TaskId;

    /// <summary>Fires the task's cancellation token; does not wait for the plugin's callbacks.</summary>
    public void Cancel() => _ = Cancellation.FireAsync(_cancel, _output);

    /// <summary>When it came, for measuring.</summary>
    public long Received { get; } = time.GetTimestamp();

    /// <summary>Runs the task.</summary>
    /// <returns>What to tell the pool, and whether memory ran out, so that the process must not start another task.</returns>
    public async Task<(ResultFrame Result, bool OutOfMemory)> RunAsync(ITaskHandler handler)
    {
        TaskOutput.Current = _output;
        var started = time.GetTimestamp();
        ResultFrame result;
        var outOfMemory = false;
        using (var progress = new ProgressReporter(frame.TaskId, frames, time))
        {
            try
            {
                result = await HandleAsync(handler, progress);
            }
            catch (Exception e)
            {
                // The edge of the plugin: whatever it throws is the end of this task, not of the process.
                outOfMemory = Failure.IsOutOfMemory(e);
                result = Failed(handler.Formats, Failure.Of(e, _cancel.IsCancellationRequested));
            }
        }

        // Before the result: the pool forgets the task's name with its result.
        _output.Flush();
        return (result with { Duration = time.GetElapsedTime(started) }, outOfMemory);
    }

    /// <inheritdoc/>
    public void Dispose() => _cancel.Dispose();

    private async Task<ResultFrame> HandleAsync(ITaskHandler handler, ProgressReporter progress)
    {
        var context = new RunningContext(progress)
        {
            MessageId = frame.MessageId,
            CorrelationId = frame.CorrelationId,
            WorkerType = handler.WorkerType,
            Attempt = frame.Attempt,
            Headers = frame.Headers,
            OmittedHeaders = frame.OmittedHeaders,
            ContentEncoding = frame.ContentEncoding,
            CancellationToken = _cancel.Token,
            Logger = new PluginLogger(_output),
        };
        var results = await handler.HandleAsync(frame, context, _output);
        return new ResultFrame
        {
            TaskId = frame.TaskId,
            Outcome = TaskOutcome.Success,
            Results = ResultParts.Encode(results, maxResultBytes),
        };
    }

    private ResultFrame Failed(WorkItemFormats formats, Failure failure) => new()
    {
        TaskId = frame.TaskId,
        Outcome = failure.Outcome,
        Results = [new ResultPart(RoutingKey: null, ContentTypeOfFailed, BoundedBody(FailedBody(formats, failure)))],
        Error = failure.Error,
        ErrorType = failure.ErrorType,
        Trace = failure.Trace,
        RetryAfter = failure.RetryAfter,
    };

    // One that is no UTF-8 has become longer than AMQP's short strings are.
    private string ContentTypeOfFailed => frame.ContentType is { } type && Encoding.UTF8.GetByteCount(type) <= ResultPart.MaxTextBytes ? type : WorkItemFormats.DefaultContentType;

    // The result's headers carry the error, too.
    private ReadOnlyMemory<byte> BoundedBody(ReadOnlyMemory<byte> body) => body.Length <= maxResultBytes ? body : ReadOnlyMemory<byte>.Empty;

    // From the message as it came: what the handler had already changed is nobody's result.
    private ReadOnlyMemory<byte> FailedBody(WorkItemFormats formats, Failure failure)
    {
        try
        {
            var workItem = formats.DecodeTask(frame);
            workItem.SetFailure(failure.Error, failure.Trace);
            return workItem.Encode();
        }
        catch (Exception)
        {
            // What cannot be decoded has no place for an error; the result's headers carry it.
            return frame.Body;
        }
    }
}
