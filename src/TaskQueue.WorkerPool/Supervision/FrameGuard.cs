using Microsoft.Extensions.Logging;
using TaskQueue.Hosting;
using TaskQueue.Messaging.Delays;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Checks what one worker process says, frame by frame, before anything else in the pool sees it.</summary>
/// <remarks>
/// A worker runs other people's code, which can write what it likes into the worker's pipe. What no worker of ours says is a breach of the protocol and
/// ends the process; a number that is out of range is brought into it. Sizes are checked even before, see <see cref="FrameLimits"/>; whether a task is one
/// that the process runs is checked where its tasks are known. For one reader.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class FrameGuard(TimeProvider time)
{
    // A worker sends ten a second for each of its tasks.
    private const int ReportsPerSecond = 2000;

    private readonly LineAllowance _reports = new(ReportsPerSecond, time);
    private readonly long _began = time.GetTimestamp();
    private bool _isReady;
    private bool _isUnusable;

    /// <summary>Whether it reports more progress than anybody looks at.</summary>
    public bool IsFlooded => _reports.IsUsedUp;

    /// <summary>Checks a frame.</summary>
    /// <returns>The frame, with its numbers in their ranges; <see langword="null"/> when it is not worth looking at.</returns>
    /// <exception cref="ProtocolException">A worker does not say that, or not now.</exception>
    public Frame? Check(Frame frame) => frame switch
    {
        ReadyFrame => First(frame, ref _isReady),
        UnusableFrame => First(frame, ref _isUnusable),
        ClosingFrame => frame,
        LogFrame line => line.Level < LogLevel.None ? line : line with { Level = LogLevel.Critical },
        _ when !_isReady => throw new ProtocolException($"a {frame.GetType().Name} came before the worker was ready"),
        ProgressFrame progress => CheckProgress(progress),
        ResultFrame result => CheckResult(result),
        _ => throw new ProtocolException($"a worker does not send a {frame.GetType().Name}"),
    };

    private Frame First(Frame frame, ref bool isSo)
    {
        if (_isReady || _isUnusable)
        {
            throw new ProtocolException($"a {frame.GetType().Name} came after the worker had said that it is {(_isUnusable ? "unusable" : "ready")}");
        }

        isSo = true;
        return frame;
    }

    private ProgressFrame? CheckProgress(ProgressFrame progress) =>
        double.IsNaN(progress.Fraction) || !_reports.TryTake(out _) ? null : progress with { Fraction = Math.Clamp(progress.Fraction, 0, 1) };

    private ResultFrame CheckResult(ResultFrame result)
    {
        // No task has run for longer than its process.
        var longest = time.GetElapsedTime(_began);
        var duration = Clamp(result.Duration, longest);
        TimeSpan? retryAfter = result.RetryAfter is { } delay ? Clamp(delay, DelayQueues.Longest) : null;
        var isInRange = duration == result.Duration && retryAfter == result.RetryAfter
            && !(result.Error?.Length > ResultFrame.MaxErrorLength || result.ErrorType?.Length > ResultFrame.MaxErrorLength || result.Trace?.Length > ResultFrame.MaxTraceLength);
        return isInRange ? result : result with
        {
            Duration = duration,
            RetryAfter = retryAfter,
            Error = Cut(result.Error, ResultFrame.MaxErrorLength),
            ErrorType = Cut(result.ErrorType, ResultFrame.MaxErrorLength),
            Trace = Cut(result.Trace, ResultFrame.MaxTraceLength),
        };
    }

    private static string? Cut(string? text, int longest) => text is null || text.Length <= longest ? text : text[..(char.IsHighSurrogate(text[longest - 1]) ? longest - 1 : longest)];

    private static TimeSpan Clamp(TimeSpan value, TimeSpan most) => value < TimeSpan.Zero ? TimeSpan.Zero : value > most ? most : value;
}
