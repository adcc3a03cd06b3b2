using System.Runtime.InteropServices;

namespace TaskQueue.Broker.StoreTrials.Faults;

/// <summary>Ends the process by SIGKILL just before or after SQLite has done a certain number of things to its files.</summary>
/// <param name="steps">How many befores and afters it lives through.</param>
internal sealed partial class SuddenDeath(int steps) : FileEvents
{
    private const int Kill = 9;

    private int _left = steps;

    public override int Writing(string file, long offset, ReadOnlySpan<byte> content) => Count();

    public override int Truncating(string file, long size) => Count();

    public override int Flushing(string file) => Count();

    public override int Deleting(string file) => Count();

    public override void Happened() => Count();

    private int Count()
    {
        if (Interlocked.Decrement(ref _left) < 0)
        {
            _ = Signal(Environment.ProcessId, Kill);
        }

        return Proceed;
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Signal(int process, int signal);
}
