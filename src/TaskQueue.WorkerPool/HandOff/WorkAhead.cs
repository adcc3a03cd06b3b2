namespace TaskQueue.WorkerPool.HandOff;

/// <summary>Decides how many tasks of a type a pool holds beyond those that run, so that no worker waits for the broker: about
/// 50 ms of work for each, which is none when tasks are long and dozens when they are short.</summary>
/// <remarks>
/// What waits here cannot be run by another host that is idle. So one long task counts more than many short ones: the measure
/// follows it up at once, and forgets it slowly. Not thread-safe.
/// </remarks>
internal sealed class WorkAhead
{
    /// <summary>A task that runs for longer is one that others should not have to wait for.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(50);

    // A task costs that much besides its handler's time; what is in a pipe is enough to keep a process busy for a moment; and waking
    // one that sleeps is worth it only for some work.
    private const double OverheadSeconds = 0.0001, PipeSeconds = 0.005, WakingSeconds = 0.001;
    private const int MostPerWorker = 500, MostInPipe = 64, FewestSeen = 8;
    private const double Up = 0.3, Down = 0.02;

    // No pool hands out more than that in a second, so that some of its processes are enough for tasks that are short.
    private const double MostPerSecond = 50_000;

    // Bodies are kept while their tasks wait.
    private const double MostBytesPerWorker = 4 * 1024 * 1024;

    private double _seconds;
    private double _bytes;
    private int _seen;

    /// <summary>How many tasks to hold for each task that runs.</summary>
    public int PerTask => _seen < FewestSeen
        ? 0
        : (int)Math.Min(Math.Min(Longest.TotalSeconds / (_seconds + OverheadSeconds), MostPerWorker), MostBytesPerWorker / (_bytes + 1));

    /// <summary>How many of them to hand to the process already, so that it goes on without a word from us.</summary>
    public int InPipe => Math.Min(PerTask, (int)Math.Min(PipeSeconds / (_seconds + OverheadSeconds), MostInPipe));

    /// <summary>How many to give to a process that is busy before another one is woken for them.</summary>
    public int Together => Math.Min(InPipe, (int)(WakingSeconds / (_seconds + OverheadSeconds)));

    /// <summary>How many processes are enough to run all that can be handed to them: waking more would only cost.</summary>
    public int Processes => _seen < FewestSeen ? int.MaxValue : Environment.ProcessorCount + (int)Math.Min(_seconds * MostPerSecond, 1_000_000);

    /// <summary>How long a task would have to wait.</summary>
    /// <param name="others">How many wait before it.</param>
    /// <param name="places">How many tasks can run at once.</param>
    public TimeSpan WaitBehind(int others, int places) =>
        places == 0 ? TimeSpan.MaxValue : TimeSpan.FromSeconds((others + 1) * (_seconds + OverheadSeconds) / places);

    /// <summary>Takes note of a task that has ended.</summary>
    /// <param name="duration">How long it ran.</param>
    /// <param name="bodyBytes">The length of its body.</param>
    public void Ran(TimeSpan duration, int bodyBytes)
    {
        var seconds = duration.TotalSeconds;
        _seconds = _seen == 0 ? seconds : _seconds + ((seconds - _seconds) * (seconds > _seconds ? Up : Down));
        _bytes = _seen == 0 ? bodyBytes : _bytes + ((bodyBytes - _bytes) * (bodyBytes > _bytes ? Up : Down));
        _seen = Math.Min(_seen + 1, FewestSeen);
    }

    /// <summary>Takes note of a task that still runs.</summary>
    /// <param name="soFar">For how long already.</param>
    public void Runs(TimeSpan soFar) => _seconds = Math.Max(_seconds, soFar.TotalSeconds);
}
