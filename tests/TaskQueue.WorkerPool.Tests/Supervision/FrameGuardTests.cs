using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging.Delays;
using TaskQueue.WorkerPool.Supervision;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.Supervision;

public sealed class FrameGuardTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FrameGuard _guard;

    public FrameGuardTests() => _guard = new FrameGuard(_time);

    [Fact]
    public void What_a_worker_says_passes_as_it_is()
    {
        _guard.Check(new ReadyFrame());
        _time.Advance(TimeSpan.FromSeconds(2));
        var line = new LogFrame(0, LogLevel.Information, "a line");
        var report = new ProgressFrame(1, 0.5, "half way");
        var result = new ResultFrame { TaskId = 1, Outcome = TaskOutcome.TemporaryFailure, Duration = TimeSpan.FromSeconds(1), RetryAfter = TimeSpan.FromHours(1) };

        Assert.Same(line, _guard.Check(line));
        Assert.Equal(report, _guard.Check(report));
        Assert.Same(result, _guard.Check(result));
    }

    [Fact]
    public void Only_lines_come_before_a_worker_is_ready()
    {
        Assert.NotNull(_guard.Check(new LogFrame(0, LogLevel.Error, "starting")));
        Assert.Throws<ProtocolException>(() => _guard.Check(new ProgressFrame(1, 0, null)));
        Assert.Throws<ProtocolException>(() => _guard.Check(new ResultFrame { TaskId = 1, Outcome = TaskOutcome.Success }));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public void It_is_ready_or_unusable_and_says_so_once(bool isReadyFirst, bool isReadyThen)
    {
        _guard.Check(Says(isReadyFirst));

        Assert.Throws<ProtocolException>(() => _guard.Check(Says(isReadyThen)));

        static Frame Says(bool isReady) => isReady ? new ReadyFrame() : new UnusableFrame("no");
    }

    [Fact]
    public void Texts_of_a_result_are_cut()
    {
        _guard.Check(new ReadyFrame());

        var result = (ResultFrame)_guard.Check(new ResultFrame
        {
            TaskId = 1,
            Outcome = TaskOutcome.UnknownFailure,
            Error = new string('\ufffd', 20_000),
            ErrorType = new string('t', 20_000),
            Trace = new string('s', 20_000),
        })!;

        Assert.Equal((1000, 1000, 16 * 1024), (result.Error!.Length, result.ErrorType!.Length, result.Trace!.Length));
    }

    [Fact]
    public void What_only_a_pool_says_is_refused()
    {
        _guard.Check(new ReadyFrame());

        Assert.All([new StopFrame(), new RecallFrame(), new CancelFrame(1)], (Frame frame) => Assert.Throws<ProtocolException>(() => _guard.Check(frame)));
    }

    [Theory]
    [InlineData(double.NaN, null)]
    [InlineData(double.NegativeInfinity, 0.0)]
    [InlineData(-0.1, 0.0)]
    [InlineData(1.1, 1.0)]
    [InlineData(double.PositiveInfinity, 1.0)]
    public void Progress_is_from_0_to_1(double told, double? fraction)
    {
        _guard.Check(new ReadyFrame());

        Assert.Equal(fraction, (_guard.Check(new ProgressFrame(1, told, null)) as ProgressFrame)?.Fraction);
    }

    [Fact]
    public void Times_are_in_their_ranges()
    {
        _guard.Check(new ReadyFrame());
        _time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal((TimeSpan.FromSeconds(5), DelayQueues.Longest), Times(TimeSpan.MaxValue, TimeSpan.MaxValue));
        Assert.Equal((TimeSpan.Zero, TimeSpan.Zero), Times(TimeSpan.MinValue, TimeSpan.MinValue));

        (TimeSpan, TimeSpan?) Times(TimeSpan duration, TimeSpan retryAfter) =>
            _guard.Check(new ResultFrame { TaskId = 1, Outcome = TaskOutcome.TemporaryFailure, Duration = duration, RetryAfter = retryAfter }) is ResultFrame result
                ? (result.Duration, result.RetryAfter)
                : default;
    }

    [Fact]
    public void A_flood_of_progress_is_left_out_until_the_next_second()
    {
        _guard.Check(new ReadyFrame());
        var report = new ProgressFrame(1, 0.5, null);

        var passed = Enumerable.Range(0, 10_000).Count(_ => _guard.Check(report) is not null);

        Assert.InRange(passed, 1000, 3000);
        Assert.True(_guard.IsFlooded);
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(_guard.IsFlooded);
        Assert.NotNull(_guard.Check(report));
    }
}
