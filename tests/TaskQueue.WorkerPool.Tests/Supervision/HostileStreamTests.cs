using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;
using TaskQueue.WorkerProtocol.Tests;

namespace TaskQueue.WorkerPool.Tests.Supervision;

/// <summary>What a process may write into its pipe, read as a pool reads it.</summary>
public sealed class HostileStreamTests
{
    private const int MaxResultBytes = 10_000;

    // Buffers of the reader, and what an object takes that stands for a few bytes.
    private const long Overhead = 1_000_000, PerByte = 100;

    // One change to a stream: where, how much of it, and what.
    private static readonly Gen<Func<byte[], byte[]>> Changes =
        from at in Gen.Choose(0, 10_000)
        from length in Gen.Choose(0, 40)
        from value in Gen.Choose(0, 255)
        from change in Gen.Elements<Func<byte[], int, int, byte, byte[]>>(Replace, Cut, Double, Truncate, Reorder, Announce)
        select (Func<byte[], byte[]>)(bytes =>
        {
            var start = bytes.Length == 0 ? 0 : at % bytes.Length;
            return change(bytes, start, Math.Min(length, bytes.Length - start), (byte)value);
        });

    [Fact]
    [Trait("Case", "C2")]
    public void A_stream_of_damaged_frames_is_read_or_refused_within_its_memory()
    {
        var streams =
            from isReady in ArbMap.Default.GeneratorFor<bool>()
            from frames in Frames.All.ListOf()
            from changes in Changes.ListOf()
            select changes.Aggregate(Frames.Encode(isReady ? [new ReadyFrame(), .. frames] : frames), (bytes, change) => change(bytes));

        Prop.ForAll(streams.ToArbitrary(), bytes =>
        {
            var budget = new FrameBudget(MaxResultBytes, TimeProvider.System);
            var before = GC.GetAllocatedBytesForCurrentThread();
            Read(bytes, budget);
            return GC.GetAllocatedBytesForCurrentThread() - before < Overhead + (PerByte * bytes.Length) && budget.Taken == 0;
        }).Holds();
    }

    private static void Read(byte[] bytes, FrameBudget budget)
    {
        // A stream in memory is read on this thread, to its end.
        var reading = ReadAsync(bytes, budget);
        Assert.True(reading.IsCompleted);
        if (reading.Exception?.InnerException is { } error and not ProtocolException)
        {
            throw error;
        }
    }

    private static async Task ReadAsync(byte[] bytes, FrameBudget budget)
    {
        var guard = new FrameGuard(TimeProvider.System);
        await using var channel = new FrameChannel(new MemoryStream(bytes), Stream.Null, FrameLimits.OfWorker(MaxResultBytes), budget);
        await foreach (var frame in channel.ReadAllAsync(CancellationToken.None))
        {
            if (guard.Check(frame) is ProgressFrame progress)
            {
                Assert.InRange(progress.Fraction, 0, 1);
            }
        }
    }

    private static byte[] Replace(byte[] bytes, int at, int length, byte value)
    {
        var changed = bytes.ToArray();
        changed.AsSpan(at, length).Fill(value);
        return changed;
    }

    private static byte[] Cut(byte[] bytes, int at, int length, byte value) => [.. bytes[..at], .. bytes[(at + length)..]];

    private static byte[] Double(byte[] bytes, int at, int length, byte value) => [.. bytes[..(at + length)], .. bytes[at..]];

    private static byte[] Truncate(byte[] bytes, int at, int length, byte value) => bytes[..at];

    private static byte[] Reorder(byte[] bytes, int at, int length, byte value) => [.. bytes[at..], .. bytes[..at]];

    private static byte[] Announce(byte[] bytes, int at, int length, byte value) => [.. bytes[..at], 0xFF, 0xFF, 0xFF, 0x0F, value, .. bytes[at..]];
}
