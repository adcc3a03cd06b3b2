namespace TaskQueue.Hosting;

/// <summary>Gives memory back to the system after a peak, and after work, until disposed of.</summary>
/// <remarks>
/// A few very large messages leave buffers in the pools of the framework and of the AMQP client, which are given up only by
/// full collections, some time after their last use; a process that has little to do makes none, and would keep them for ever.
/// The runtime's own setting (<c>System.GC.ConserveMemory</c>) changes what a collection does, not when there is one.
/// </remarks>
internal sealed class MemoryRelief : IDisposable
{
    private const long Peak = 64L * 1024 * 1024;

    // What a process allocates in an interval in which it has little to do, and what makes a collection worth while then.
    private const long Little = 2L * 1024 * 1024, Much = 16L * 1024 * 1024;

    // Pools give up what several collections in a row, over more than a minute, found unused; a part of it each time. As long as
    // that goes on it is worth the while.
    private const int Rounds = 8;
    private const long Progress = 4L * 1024 * 1024;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ITimer _timer;
    private long _settled = Environment.WorkingSet;
    private long _allocated, _allocatedAtRelief;
    private int _rounds;

    public MemoryRelief(TimeProvider time) => _timer = time.CreateTimer(_ => Look(), state: null, Interval, Interval);

    public void Dispose() => _timer.Dispose();

    private void Look()
    {
        var allocated = GC.GetTotalAllocatedBytes();
        var isIdle = allocated - _allocated < Little;
        _allocated = allocated;
        if (Environment.WorkingSet > _settled + Peak || (isIdle && allocated - _allocatedAtRelief > Much))
        {
            _rounds = Rounds;
        }

        if (_rounds > 0)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            var after = Environment.WorkingSet;
            _rounds = after < _settled - Progress ? Rounds : _rounds - 1;
            (_settled, _allocatedAtRelief) = (after, allocated);
        }
    }
}
