using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class CancellationsTests
{
    private readonly FakeTimeProvider _time = new(DateTimeOffset.UnixEpoch);
    private readonly Cancellations _cancellations;

    public CancellationsTests() => _cancellations = new Cancellations(_time);

    [Fact]
    public void A_task_is_cancelled_until_that_is_forgotten()
    {
        _cancellations.Add([Of("m1", seconds: 10), Of("m2", seconds: 20)]);

        Assert.True(_cancellations.IsOf(TaskOf("m1"), out var failure));
        Assert.Equal(("cancelled", "cancelled by ops@host1"), (failure.Word, failure.Error));
        Assert.False(_cancellations.IsOf(TaskOf("m3"), out _));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.False(_cancellations.IsOf(TaskOf("m1"), out _));
        Assert.True(_cancellations.IsOf(TaskOf("m2"), out _));
    }

    [Fact]
    public void What_is_forgotten_makes_room()
    {
        _cancellations.Add([Of("m1", seconds: 10)]);
        _time.Advance(TimeSpan.FromSeconds(10));

        _cancellations.Add([Of("m1", seconds: 5)]);

        Assert.Empty(_cancellations.All);
    }

    [Fact]
    [Trait("Case", "D6")]
    public void The_oldest_make_room_for_the_latest_and_that_is_told()
    {
        Assert.Equal(0, _cancellations.Add(Enumerable.Range(0, CancellationStore.Most).Select(i => Of($"m{i}", seconds: 10))));

        Assert.Equal(1, _cancellations.Add([Of("m1", seconds: 20), Of("new", seconds: 10)]));

        Assert.Equal(CancellationStore.Most, _cancellations.All.Count);
        Assert.False(_cancellations.IsOf(TaskOf("m0"), out _));
        Assert.True(_cancellations.IsOf(TaskOf("m1"), out _));
        Assert.True(_cancellations.IsOf(TaskOf("new"), out _));
    }

    [Fact]
    public void What_is_taken_back_is_run()
    {
        _cancellations.Add([Of("m1", seconds: 10), Of("m2", seconds: 10)]);

        Assert.Equal(1, _cancellations.Forget(["m1", "m3"]));

        Assert.False(_cancellations.IsOf(TaskOf("m1"), out _));
        Assert.True(_cancellations.IsOf(TaskOf("m2"), out _));
        Assert.Equal(0, _cancellations.Forget(["m1"]));
    }

    [Fact]
    public async Task None_is_lost_when_several_are_added_at_once()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => _cancellations.Add([Of($"m{i}", seconds: 10)]), TestContext.Current.CancellationToken)));

        Assert.Equal(50, _cancellations.All.Count);
    }

    private static TaskCancellation Of(string id, int seconds) => new(id, "ops@host1", DateTimeOffset.UnixEpoch.AddSeconds(seconds));

    private static PoolTask TaskOf(string id) => Tasks.Ran(new MessageProperties { MessageId = id });
}
