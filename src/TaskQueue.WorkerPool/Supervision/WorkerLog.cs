using Microsoft.Extensions.Logging;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Writes what a worker process says into the pool's log, tagged and bounded.</summary>
internal sealed class WorkerLog(string worker, ILogger logger, TimeProvider time)
{
    private readonly LineAllowance _allowance = new(time);

    /// <summary>Writes a line.</summary>
    /// <param name="level">How bad it is.</param>
    /// <param name="messageId">The task that it belongs to, where that is known.</param>
    /// <param name="line">The line; data, whatever it holds.</param>
    public void Write(LogLevel level, string? messageId, string line)
    {
        bool allowed;
        long dropped;

        // Frames and standard error are read by two loops.
        lock (_allowance)
        {
            allowed = _allowance.TryTake(out dropped);
        }

        if (dropped > 0)
        {
            logger.OutputDropped(worker, dropped, LineAllowance.LinesPerSecond);
        }

        if (!allowed)
        {
            return;
        }

        if (messageId is null)
        {
            logger.Output(level, worker, line);
        }
        else
        {
            logger.TaskOutput(level, worker, messageId, line);
        }
    }
}
