using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class WorkAheadTests
{
    private readonly WorkAhead _ahead = new();

    [Fact]
    public void Nothing_is_held_ahead_before_it_is_known_how_long_tasks_take()
    {
        Ran(milliseconds: 0.01, times: 7);

        Assert.Equal((0, 0), (_ahead.PerTask, _ahead.InPipe));
    }

    [Theory]
    [InlineData(0.001, 495, 49)]
    [InlineData(1, 45, 4)]
    [InlineData(10, 4, 0)]
    [InlineData(49, 1, 0)]
    [InlineData(50, 0, 0)]
    [InlineData(10_000, 0, 0)]
    public void About_50_ms_of_work_are_held_ahead(double milliseconds, int perTask, int inPipe)
    {
        Ran(milliseconds, times: 8);

        Assert.Equal((perTask, inPipe), (_ahead.PerTask, _ahead.InPipe));
    }

    [Theory]
    [InlineData(0.001, 9)]
    [InlineData(0.1, 5)]
    [InlineData(1, 0)]
    public void Only_very_short_tasks_are_given_to_a_busy_process_while_another_sleeps(double milliseconds, int together)
    {
        Ran(milliseconds, times: 8);

        Assert.Equal(together, _ahead.Together);
    }

    [Theory]
    [InlineData(0.001, 0)]
    [InlineData(0.1, 5)]
    [InlineData(1, 50)]
    [InlineData(10_000, 500_000)]
    public void As_many_processes_are_woken_as_can_be_kept_busy(double milliseconds, int besidesProcessors)
    {
        Assert.Equal(int.MaxValue, _ahead.Processes);

        Ran(milliseconds, times: 8);

        Assert.Equal(Environment.ProcessorCount + besidesProcessors, _ahead.Processes);
    }

    [Fact]
    public void One_long_task_among_a_hundred_short_ones_is_enough_to_hold_nothing()
    {
        Ran(milliseconds: 1, times: 100);

        for (var round = 0; round < 10; round++)
        {
            Ran(milliseconds: 10_000, times: 1);
            for (var i = 0; i < 99; i++)
            {
                Ran(milliseconds: 1, times: 1);
                Assert.Equal(0, _ahead.PerTask);
            }
        }
    }

    [Fact]
    public void A_task_that_still_runs_counts_as_soon_as_it_is_long()
    {
        Ran(milliseconds: 1, times: 8);

        _ahead.Runs(TimeSpan.FromMilliseconds(60));

        Assert.Equal(0, _ahead.PerTask);
    }

    [Fact]
    public void A_moment_of_slowness_is_forgotten_within_hundreds_of_tasks()
    {
        Ran(milliseconds: 0.01, times: 100);
        Ran(milliseconds: 50, times: 1);

        Ran(milliseconds: 0.01, times: 500);

        Assert.InRange(_ahead.PerTask, 400, 500);
    }

    [Theory]
    [InlineData(100_000, 41)]
    [InlineData(1_000_000, 4)]
    [InlineData(16_000_000, 0)]
    public void Large_bodies_are_not_hoarded(int bodyBytes, int perTask)
    {
        Ran(milliseconds: 0.001, times: 8, bodyBytes);

        Assert.Equal(perTask, _ahead.PerTask);
    }

    [Fact]
    public void A_wait_is_the_work_before_it_shared_by_those_who_do_it()
    {
        Ran(milliseconds: 99.9, times: 8);

        Assert.Equal(0.1, _ahead.WaitBehind(others: 0, places: 1).TotalSeconds, precision: 3);
        Assert.Equal(0.5, _ahead.WaitBehind(others: 9, places: 2).TotalSeconds, precision: 3);
        Assert.Equal(TimeSpan.MaxValue, _ahead.WaitBehind(others: 0, places: 0));
    }

    private void Ran(double milliseconds, int times, int bodyBytes = 256)
    {
        for (var i = 0; i < times; i++)
        {
            _ahead.Ran(TimeSpan.FromMilliseconds(milliseconds), bodyBytes);
        }
    }
}
