using TaskQueue.Worker.Output;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>Passes a task's progress on, no more often than anybody can read: the latest report wins.</summary>
internal sealed class ProgressReporter : IDisposable
{
    /// <summary>The shortest time between two reports.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(0.1);

    private const int MaxMessageLength = 1000;

    private readonly long _taskId;
    private readonly FrameOutput _frames;
    private readonly TimeProvider _time;

    // Protects the fields below it, and keeps reports in their order.
    private readonly Lock _gate = new();
    private ProgressFrame? _waiting;
    private ITimer? _timer;
    private long _lastSent;
    private bool _hasSent;
    private bool _isOver;

    public ProgressReporter(long taskId, FrameOutput frames, TimeProvider time)
    {
        _taskId = taskId;
        _frames = frames;
        _time = time;
    }

    public void Report(double fraction, string? message)
    {
        var clamped = double.IsNaN(fraction) ? 0 : Math.Clamp(fraction, 0, 1);
        var frame = new ProgressFrame(_taskId, clamped, message is null ? null : Text.Line(message, MaxMessageLength));
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            var wait = _hasSent ? Interval - _time.GetElapsedTime(_lastSent) : TimeSpan.Zero;
            if (wait <= TimeSpan.Zero)
            {
                Send(frame);
                return;
            }

            var isFirst = _waiting is null;
            _waiting = frame;
            if (isFirst)
            {
                _timer ??= _time.CreateTimer(_ => SendWaiting(), state: null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                _timer.Change(wait, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>Sends the last report, if it is still waiting, and takes no more.</summary>
    public void Dispose()
    {
        SendWaiting();
        lock (_gate)
        {
            _isOver = true;
            _timer?.Dispose();
        }
    }

    private void SendWaiting()
    {
        lock (_gate)
        {
            if (_waiting is { } frame && !_isOver)
            {
                Send(frame);
            }
        }
    }

    private void Send(ProgressFrame frame)
    {
        _waiting = null;
        _lastSent = _time.GetTimestamp();
        _hasSent = true;
        _frames.Send(frame);
    }
}
