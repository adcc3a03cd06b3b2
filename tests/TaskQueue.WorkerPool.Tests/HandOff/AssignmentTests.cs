using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class AssignmentTests
{
    private readonly WorkEstimate _estimate = new();
    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Nothing_is_held_ahead_before_it_is_known_how_long_tasks_take()
    {
        Ran(milliseconds: 0.01, times: 7);

        Assert.Equal((0, 0), (Assignment.AheadPerPlace(_estimate), Assignment.InPipe(_estimate)));
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

        Assert.Equal((perTask, inPipe), (Assignment.AheadPerPlace(_estimate), Assignment.InPipe(_estimate)));
    }

    [Theory]
    [InlineData(0.001, 9)]
    [InlineData(0.1, 5)]
    [InlineData(1, 0)]
    public void Only_very_short_tasks_are_given_to_a_busy_process_while_another_sleeps(double milliseconds, int beforeWaking)
    {
        Ran(milliseconds, times: 8);

        Assert.Equal(beforeWaking, Assignment.BeforeWaking(_estimate));
    }

    [Theory]
    [InlineData(0.001, 0)]
    [InlineData(0.1, 5)]
    [InlineData(1, 50)]
    [InlineData(10_000, 500_000)]
    public void As_many_processes_are_woken_as_can_be_kept_busy(double milliseconds, int besidesProcessors)
    {
        Assert.Equal(int.MaxValue, Assignment.ProcessesWorthWaking(_estimate));

        Ran(milliseconds, times: 8);

        Assert.Equal(Environment.ProcessorCount + besidesProcessors, Assignment.ProcessesWorthWaking(_estimate));
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
                Assert.Equal(0, Assignment.AheadPerPlace(_estimate));
            }
        }
    }

    [Fact]
    public void A_task_that_still_runs_counts_as_soon_as_it_is_long()
    {
        Ran(milliseconds: 1, times: 8);

        _estimate.Runs(TimeSpan.FromMilliseconds(60));

        Assert.Equal(0, Assignment.AheadPerPlace(_estimate));
    }

    [Fact]
    public void A_moment_of_slowness_is_forgotten_within_hundreds_of_tasks()
    {
        Ran(milliseconds: 0.01, times: 100);
        Ran(milliseconds: 50, times: 1);

        Ran(milliseconds: 0.01, times: 500);

        Assert.InRange(Assignment.AheadPerPlace(_estimate), 400, 500);
    }

    [Theory]
    [InlineData(100_000, 41)]
    [InlineData(1_000_000, 4)]
    [InlineData(16_000_000, 0)]
    public void Large_bodies_are_not_hoarded(int bodyBytes, int perTask)
    {
        Ran(milliseconds: 0.001, times: 8, bodyBytes);

        Assert.Equal(perTask, Assignment.AheadPerPlace(_estimate));
    }

    [Fact]
    [Trait("Case", "C1")]
    public void No_duration_is_too_absurd()
    {
        _estimate.Ran(TimeSpan.MaxValue, int.MaxValue);
        _estimate.Ran(TimeSpan.MinValue, 0);
        _estimate.Runs(TimeSpan.MaxValue);
        Ran(milliseconds: 1, times: 10);

        Assert.Equal((0, 0, 0), (Assignment.AheadPerPlace(_estimate), Assignment.InPipe(_estimate), Assignment.BeforeWaking(_estimate)));
        Assert.InRange(Assignment.ProcessesWorthWaking(_estimate), 1, 2_000_000);
        Assert.Equal(0, Assignment.HaveTheirTurnSoon(Situation([Worker()], waiting: 1)));
    }

    [Fact]
    public void Those_have_their_turn_soon_that_the_places_can_run_in_that_time()
    {
        Ran(milliseconds: 9.9, times: 8);

        Assert.Equal(20, Assignment.HaveTheirTurnSoon(Situation([Worker()], waiting: 100)));
        Assert.Equal(80, Assignment.HaveTheirTurnSoon(Situation([Worker(concurrency: 3), Worker()], waiting: 100)));
        Assert.Equal(0, Assignment.HaveTheirTurnSoon(Situation([], waiting: 100)));
    }

    [Theory]
    [InlineData(null, 1, 0, 1)]
    [InlineData(4, 1, 0, 4)]
    [InlineData(4, 1, 10_000, 4)]
    [InlineData(4, 8, 10_000, 8)]
    [InlineData(100, 1, 1, 100)]
    [InlineData(null, 1, 1, 46)]
    [InlineData(null, 10_000, 10_000, 10_000)]
    public void The_broker_leaves_us_what_runs_and_what_is_held_ahead_or_what_the_section_says(int? prefetch, int concurrency, double milliseconds, int expected)
    {
        Ran(milliseconds, times: milliseconds > 0 ? 8 : 0);

        Assert.Equal(expected, Assignment.Prefetch(Situation([Worker(concurrency, prefetch)]), out _));
    }

    [Fact]
    public void A_prefetch_fits_into_what_the_protocol_has_for_it()
    {
        Assert.Equal(ushort.MaxValue, Assignment.Prefetch(Situation([.. Enumerable.Range(0, 8).Select(_ => Worker(concurrency: 10_000))]), out _));
        Assert.Equal(0, Assignment.Prefetch(Situation([Worker()]) with { IsPaused = true }, out _));
        Assert.Equal(0, Assignment.Prefetch(Situation([Worker()]) with { IsStopping = true }, out _));
        Assert.Equal(1, Assignment.Prefetch(Situation([Worker(prefetch: 100)]) with { HoldsNothingAhead = true }, out _));
    }

    [Fact]
    public void The_broker_is_told_only_of_what_changes_by_half()
    {
        Ran(milliseconds: 1, times: 8);
        List<WorkerTasks> workers = [Worker()];

        Assert.Equal(46, Assignment.Prefetch(Situation(workers), out var held));
        Ran(milliseconds: 1.3, times: 8);
        Assert.Equal(46, Assignment.Prefetch(Situation(workers) with { HeldByEstimate = held }, out held));
        Ran(milliseconds: 5, times: 8);
        Assert.InRange(Assignment.Prefetch(Situation(workers) with { HeldByEstimate = held }, out held), 5, 20);
    }

    [Fact]
    public void Tasks_are_shared_out_as_far_as_there_is_room()
    {
        var full = Worker();
        Hand(full, 1);
        List<(WorkerTasks Worker, int Count)> gifts = [];

        Assignment.Share(Situation([full, Worker(concurrency: 2), Worker(), Worker()], waiting: 3), gifts);

        Assert.Equal([2, 1], gifts.Select(gift => gift.Count));
    }

    [Fact]
    public void Short_tasks_fill_pipes_and_wake_no_more_processes_than_they_keep_busy()
    {
        Ran(milliseconds: 0.001, times: 8);
        List<WorkerTasks> workers = [.. Enumerable.Range(0, Environment.ProcessorCount + 10).Select(_ => Worker())];
        List<(WorkerTasks Worker, int Count)> gifts = [];

        Assignment.Share(Situation(workers, waiting: 1_000_000), gifts);

        Assert.Equal(Enumerable.Repeat(50, Environment.ProcessorCount), gifts.Select(gift => gift.Count));
    }

    [Fact]
    public void A_task_that_comes_goes_to_a_process_that_is_awake_before_another_is_woken()
    {
        Ran(milliseconds: 0.001, times: 8);
        List<WorkerTasks> workers = [Worker(), Worker()];
        Hand(workers[0], 9);
        Assert.Same(workers[0], Assignment.FirstWithRoom(Situation(workers)));

        Hand(workers[0], 1);

        Assert.Same(workers[1], Assignment.FirstWithRoom(Situation(workers)));
        Assert.Null(Assignment.FirstWithRoom(Situation(workers, waiting: 1)));
        Assert.Null(Assignment.FirstWithRoom(Situation(workers) with { IsPaused = true }));
    }

    [Fact]
    public void A_suspect_gets_a_place_or_nothing()
    {
        Ran(milliseconds: 0.001, times: 8);
        List<WorkerTasks> workers = [Worker(), Worker()];
        Hand(workers[0], 1);
        Assert.Same(workers[1], Assignment.FirstWithPlace(Situation(workers)));

        Hand(workers[1], 1);

        Assert.Null(Assignment.FirstWithPlace(Situation(workers)));
        Assert.NotNull(Assignment.FirstWithRoom(Situation(workers)));
    }

    private WorkerTasks Worker(int concurrency = 1, int? prefetch = null)
    {
        var worker = new WorkerTasks(new StubPipe(Tasks.Spec(new WorkerGroupOptions { Concurrency = concurrency, Prefetch = prefetch })), new Lock(), new RefusedTasks(_time), Tasks.Telemetry(), _time);
        worker.BeFed();
        return worker;
    }

    private static void Hand(WorkerTasks worker, int count)
    {
        for (var i = 0; i < count; i++)
        {
            worker.Hand(Tasks.Waiting(Tasks.Arrived(new MessageProperties())), limit: null, []);
        }
    }

    private Situation Situation(List<WorkerTasks> workers, int waiting = 0) => new(workers, waiting, _estimate);

    private void Ran(double milliseconds, int times, int bodyBytes = 256)
    {
        for (var i = 0; i < times; i++)
        {
            _estimate.Ran(TimeSpan.FromMilliseconds(milliseconds), bodyBytes);
        }
    }
}
