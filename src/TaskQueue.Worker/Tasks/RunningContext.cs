namespace TaskQueue.Worker.Tasks;

/// <summary>The context that a running task's handler gets.</summary>
internal sealed class RunningContext(ProgressReporter progress) : TaskContext
{
    /// <inheritdoc/>
    public override void ReportProgress(double fraction, string? message = null) => progress.Report(fraction, message);
}
