using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The part that one worker process has in the tasks of its type: how many it has, and how many more it may get.</summary>
/// <remarks>Its counts belong to <see cref="TypeFeed"/>, and are protected by its lock.</remarks>
internal sealed class WorkerFeed
{
    private readonly TypeFeed _type;
    private readonly int _maxTasks;
    private readonly TaskCompletionSource _enough = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Filled by the process's reader, and at its end by whoever watches for that; its own lock.
    private readonly List<(HeldTask Task, TaskEnd End)> _ended = [];
    private bool _closed;

    public WorkerFeed(TypeFeed type, WorkerProcess process)
    {
        _type = type;
        Process = process;
        _maxTasks = process.Spec.Options.MaxTasks;
        MostAhead = process.Spec.Options.Prefetch is { } prefetch ? Math.Max(0, prefetch - Concurrency) : int.MaxValue;
        process.TaskEnded = OnTaskEnded;
        process.CaughtUp = OnCaughtUp;
    }

    /// <summary>The process.</summary>
    public WorkerProcess Process { get; }

    /// <summary>How many tasks run in it at once.</summary>
    public int Concurrency => Process.Spec.Options.Concurrency;

    /// <summary>How many tasks it has.</summary>
    public int Has { get; private set; }

    /// <summary>How many tasks it has had, those included that it has.</summary>
    public int Had { get; private set; }

    /// <summary>Whether it may get another.</summary>
    public bool IsOpen => !_closed && (_maxTasks == 0 || Had < _maxTasks);

    /// <summary>How many it may have beyond those that run, where the configuration has a say in that.</summary>
    public int MostAhead { get; }

    /// <summary>Whether it has been asked for what it has not started, and has not answered yet.</summary>
    public bool IsRecalling { get; set; }

    /// <summary>Feeds the process until it ends, is to retire, or has had its <c>max_tasks</c>; then it gets nothing more.</summary>
    /// <param name="retire">Asks for that.</param>
    public async Task RunAsync(CancellationToken retire)
    {
        _type.Join(this);
        try
        {
            await Task.WhenAny(_enough.Task, Process.Ended).WaitAsync(retire);
        }
        catch (OperationCanceledException) when (retire.IsCancellationRequested)
        {
            // As asked.
        }

        _type.Leave(this);
    }

    /// <summary>Gets nothing more.</summary>
    public void Close() => _closed = true;

    /// <summary>Takes note of a task that it got.</summary>
    public void Got()
    {
        Has++;
        Had++;
        if (!IsOpen)
        {
            _enough.TrySetResult();
        }
    }

    /// <summary>Takes note of a task that has ended.</summary>
    /// <param name="wasStarted">Whether the process had started it.</param>
    public void Ended(bool wasStarted)
    {
        Has--;
        if (!wasStarted)
        {
            Had--;
        }
    }

    private void OnTaskEnded(HeldTask task, TaskEnd end)
    {
        lock (_ended)
        {
            _ended.Add((task, end));
        }
    }

    private void OnCaughtUp()
    {
        (HeldTask Task, TaskEnd End)[] ended;
        lock (_ended)
        {
            ended = [.. _ended];
            _ended.Clear();
        }

        if (ended.Length > 0)
        {
            _type.OnEnded(this, ended);
        }
    }
}
