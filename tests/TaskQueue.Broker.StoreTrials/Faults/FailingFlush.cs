namespace TaskQueue.Broker.StoreTrials.Faults;

/// <summary>A disk that cannot flush any more, as the kernel says it once: EIO from fsync(2).</summary>
internal sealed class FailingFlush : FileEvents
{
    // SQLITE_IOERR_FSYNC
    private const int FlushError = 10 | (4 << 8);

    private int _failures;

    /// <summary>Lets the next flushes fail.</summary>
    /// <param name="times">How many; after them all is well again, for those who ask.</param>
    public void Fail(int times) => Volatile.Write(ref _failures, times);

    public override int Flushing(string file) => Volatile.Read(ref _failures) > 0 && Interlocked.Decrement(ref _failures) >= 0 ? FlushError : Proceed;
}
