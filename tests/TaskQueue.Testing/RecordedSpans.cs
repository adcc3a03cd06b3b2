using System.Collections.Concurrent;
using System.Diagnostics;

namespace TaskQueue.Testing;

/// <summary>Listens to an activity source, and keeps what it ends. Everything of that source in this process is recorded meanwhile: tests that
/// use it do not run beside others.</summary>
public sealed class RecordedSpans : IDisposable
{
    private readonly ConcurrentQueue<Activity> _ended = new();
    private readonly ActivityListener _listener;

    /// <summary>Begins to listen.</summary>
    /// <param name="source">The name of the source.</param>
    public RecordedSpans(string source)
    {
        _listener = new ActivityListener
        {
            ShouldListenTo = one => one.Name == source,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>The spans that have ended, in that order.</summary>
    public IReadOnlyList<Activity> Ended => [.. _ended];

    /// <inheritdoc/>
    public void Dispose() => _listener.Dispose();
}
