using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace TaskQueue.WorkerProtocol.Tests;

public sealed class FrameLimitsTests
{
    private const int Mebi = 1024 * 1024;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(10);
    private static readonly FrameLimits OfWorker = FrameLimits.OfWorker(maxResultBytes: 16 * Mebi);

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(16, 64)]
    [InlineData(17, 64 * 1024)]
    [InlineData(18, 24 * Mebi)]
    [InlineData(19, 4 * 1024)]
    [InlineData(20, 32 * 1024)]
    public void A_frame_that_is_too_long_for_its_kind_is_refused_with_its_first_five_bytes(byte kind, int most)
    {
        Assert.False(TryRead(Begun(kind, most)));

        var error = Assert.Throws<ProtocolException>(() => TryRead(Begun(kind, most + 1)));

        Assert.Contains($"at most {most} bytes, found {most + 1}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void What_only_a_pool_sends_is_refused_from_a_worker(byte kind) => Assert.Throws<ProtocolException>(() => TryRead(Begun(kind, 1)));

    [Fact]
    public void What_a_worker_sends_at_most_fits()
    {
        var part = new ResultPart(new string('k', 255), new string('t', 255), ReadOnlyMemory<byte>.Empty);
        Frame[] longest =
        [
            new ReadyFrame(),
            new UnusableFrame(new string('€', 16 * 1024)),
            new LogFrame(long.MaxValue, LogLevel.Critical, new string('€', 8 * 1024) + " [cut]"),
            new ProgressFrame(long.MaxValue, 1, new string('€', 1000)),
            new ResultFrame
            {
                TaskId = long.MaxValue,
                Outcome = TaskOutcome.PermanentFailure,
                Results = [.. Enumerable.Repeat(part, ResultFrame.MaxParts - 1), part with { Body = new byte[16 * Mebi] }],
                Error = new string('€', 1000),
                ErrorType = new string('€', 1000),
                Trace = new string('€', 16 * 1024),
            },
        ];

        Assert.All(longest, frame => Assert.True(TryRead(Frames.Encode(frame))));
    }

    [Fact]
    public void The_parts_of_a_result_have_bounds()
    {
        var part = new ResultPart(null, "", ReadOnlyMemory<byte>.Empty);
        Assert.All(
            [
                Result([part with { RoutingKey = new string('k', 256) }]),
                Result([part with { ContentType = new string('t', 256) }]),
                Result([.. Enumerable.Repeat(part, ResultFrame.MaxParts + 1)]),
                Result([]) with { Error = new string('e', 100_000) },
            ],
            result => Assert.Throws<ProtocolException>(() => TryRead(Frames.Encode(result))));

        static ResultFrame Result(ResultPart[] parts) => new() { TaskId = 1, Outcome = TaskOutcome.Success, Results = parts };
    }

    [Fact]
    public async Task A_large_frame_has_its_part_of_the_budget_while_it_is_received()
    {
        var budget = new FrameBudget(Mebi, _time);
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        await using var channel = new FrameChannel(pipe.Reader.AsStream(), Stream.Null, OfWorker, budget);
        var frame = Frames.Encode(new ResultFrame { TaskId = 1, Outcome = TaskOutcome.Success, Results = [new ResultPart(null, "", new byte[500_000])] });
        var reading = channel.ReadAllAsync(TestEnds).GetAsyncEnumerator(TestEnds);

        await pipe.Writer.WriteAsync(frame.AsMemory(0, 100_000), TestEnds);
        var first = reading.MoveNextAsync().AsTask();
        await UntilAsync(() => budget.Taken > 0);
        Assert.Equal(frame.Length, budget.Taken);
        await pipe.Writer.WriteAsync(frame.AsMemory(100_000), TestEnds);
        Assert.True(await first.WaitAsync(Deadline, TestEnds));

        await pipe.Writer.CompleteAsync();
        Assert.False(await reading.MoveNextAsync());
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public async Task A_large_frame_that_does_not_come_is_given_up()
    {
        var budget = new FrameBudget(Mebi, _time);
        var pipe = new Pipe();
        await using var channel = new FrameChannel(pipe.Reader.AsStream(), Stream.Null, OfWorker, budget);
        var reading = channel.ReadAllAsync(TestEnds).GetAsyncEnumerator(TestEnds);
        await pipe.Writer.WriteAsync(Begun(18, 16 * Mebi), TestEnds);
        var first = reading.MoveNextAsync().AsTask();
        await UntilAsync(() => budget.Taken > 0);

        _time.Advance(FrameBudget.ArrivalTime);

        var error = await Assert.ThrowsAsync<ProtocolException>(() => first.WaitAsync(Deadline, TestEnds));
        Assert.Contains("did not arrive within 30 s", error.Message, StringComparison.Ordinal);
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public async Task The_budget_is_shared_in_the_order_of_asking_and_one_frame_always_gets_through()
    {
        var budget = new FrameBudget(100, _time);
        var large = await budget.TakeAsync(1000);
        var second = budget.TakeAsync(60).AsTask();
        var third = budget.TakeAsync(60).AsTask();
        var fourth = budget.TakeAsync(1).AsTask();
        Assert.False(second.IsCompleted);

        large.Dispose();
        using (await second.WaitAsync(Deadline, TestEnds))
        {
            Assert.False(third.IsCompleted || fourth.IsCompleted);
        }

        (await third.WaitAsync(Deadline, TestEnds)).Dispose();
        (await fourth.WaitAsync(Deadline, TestEnds)).Dispose();
        Assert.Equal(0, budget.Taken);
    }

    [Fact]
    public void A_length_that_is_announced_reserves_no_memory()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.False(TryRead(Begun(18, 16 * Mebi)));

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 10_000);
    }

    private static byte[] Begun(byte kind, int length)
    {
        var bytes = new byte[5];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, length);
        bytes[4] = kind;
        return bytes;
    }

    private static bool TryRead(byte[] bytes)
    {
        var buffer = new ReadOnlySequence<byte>(bytes);
        return FrameCodec.TryRead(ref buffer, OfWorker, out _);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var deadline = new CancellationTokenSource(Deadline);
        while (!condition())
        {
            deadline.Token.ThrowIfCancellationRequested();
            await Task.Yield();
        }
    }
}
