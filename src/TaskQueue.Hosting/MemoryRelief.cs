namespace TaskQueue.Hosting;

/// <summary>Gives memory back to the system after a peak, until disposed of.</summary>
/// <remarks>
/// A few very large messages leave buffers in the pools of the framework and of the AMQP client, which are given up only by
/// full collections, some time after their last use; a process that has little to do makes none, and would keep them for ever.
/// </remarks>
internal sealed class MemoryRelief : IDisposable
{
    private const long Peak = 64L * 1024 * 1024;

    // Pools give up what several collections in a row, over more than a minute, found unused; a part of it each time. As long as
    // that goes on it is worth the while.
    private const int Rounds = 8;
    private const long Progress = 4L * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ITimer _timer;
    private long _settled = Environment.WorkingSet;
    private int _rounds;

    public MemoryRelief(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), state: null, Interval, Interval);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        if (Environment.WorkingSet > _settled + Peak)
        {
            _rounds = Rounds;
        }

        if (_rounds > 0)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            var after = Environment.WorkingSet;
            _rounds = after < _settled - Progress ? Rounds : _rounds - 1;
            _settled = after;
        }
    }
}
