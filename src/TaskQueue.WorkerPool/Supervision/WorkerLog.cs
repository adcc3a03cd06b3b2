using Microsoft.Extensions.Logging;
using TaskQueue.Hosting;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Writes what a worker process says into the pool's log, tagged and bounded.</summary>
internal sealed class WorkerLog(string worker, ILogger logger, TimeProvider time)
{
    private const int LinesPerSecond = 1000;
    private const int CharactersPerSecond = 512 * 1024;

    private readonly LineAllowance _allowance = new(LinesPerSecond, time, CharactersPerSecond);

    /// <summary>Whether it says more at the moment than is written.</summary>
    public bool IsFlooded => _allowance.IsUsedUp;

    /// <summary>Writes a line.</summary>
    /// <param name="level">How bad it is.</param>
    /// <param name="messageId">The task that it belongs to, where that is known.</param>
    /// <param name="line">The line; data, whatever it holds.</param>
    public void Write(LogLevel level, string? messageId, string line)
    {
        if (!logger.IsEnabled(level))
        {
            return;
        }

        var allowed = _allowance.TryTake(out var dropped, line.Length);
        if (dropped > 0)
        {
            logger.OutputDropped(worker, dropped, LinesPerSecond, CharactersPerSecond);
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
