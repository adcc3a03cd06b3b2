namespace TaskQueue.Broker.Engine;

/// <summary>The engine's time and its timers. Wall-clock time, which does not jump while the broker runs; asked once a round.</summary>
internal sealed class Clock : IDisposable
{
    private readonly TimeProvider _time;
    private readonly long _startTimestamp, _startMilliseconds;
    private readonly PriorityQueue<Alarm, long> _alarms = new();
    private readonly ITimer _timer;
    private long _armedFor = long.MaxValue;

    /// <param name="due">Called on any thread when an alarm may be due.</param>
    public Clock(TimeProvider time, Action due)
    {
        _time = time;
        _startTimestamp = time.GetTimestamp();
        _startMilliseconds = time.GetUtcNow().ToUnixTimeMilliseconds();
        Now = _startMilliseconds;
        _timer = time.CreateTimer(_ => due(), null, System.Threading.Timeout.InfiniteTimeSpan, System.Threading.Timeout.InfiniteTimeSpan);
    }

    /// <summary>Milliseconds since 1970.</summary>
    public long Now { get; private set; }

    public void Tick() => Now = _startMilliseconds + (long)_time.GetElapsedTime(_startTimestamp).TotalMilliseconds;

    /// <summary>Has something done at a time, by the engine.</summary>
    public Alarm At(long due, Action action)
    {
        var alarm = new Alarm(due, action);
        _alarms.Enqueue(alarm, due);
        return alarm;
    }

    /// <summary>Does what is due.</summary>
    public void RunDue()
    {
        while (_alarms.TryPeek(out var alarm, out var due) && due <= Now)
        {
            _alarms.Dequeue();
            if (!alarm.IsCancelled)
            {
                alarm.Action();
            }
        }
    }

    /// <summary>Waits for the next one.</summary>
    public void Arm()
    {
        while (_alarms.TryPeek(out var alarm, out _) && alarm.IsCancelled)
        {
            _alarms.Dequeue();
        }

        var next = _alarms.TryPeek(out _, out var due) ? due : long.MaxValue;
        if (next != _armedFor)
        {
            _armedFor = next;
            // The longest wait that a timer takes is 49 days.
            var wait = next == long.MaxValue ? System.Threading.Timeout.InfiniteTimeSpan : TimeSpan.FromMilliseconds(Math.Clamp(next - Now, 0, int.MaxValue));
            _timer.Change(wait, System.Threading.Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>The timer went off: whatever comes next has to be waited for anew.</summary>
    public void Disarm() => _armedFor = long.MaxValue;

    public void Dispose() => _timer.Dispose();
}

/// <summary>What is to be done at a time.</summary>
internal sealed class Alarm(long due, Action action)
{
    public long Due { get; } = due;

    public Action Action { get; } = action;

    public bool IsCancelled { get; set; }
}
