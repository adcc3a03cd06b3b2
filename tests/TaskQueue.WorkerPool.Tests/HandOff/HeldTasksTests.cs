using Microsoft.Extensions.Time.Testing;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class HeldTasksTests
{
    private static readonly MessageProperties Properties = new() { MessageId = "m1" };

    private readonly FakeTimeProvider _time = new();
    private readonly HeldTasks _tasks;
    private int _settledDeliveries;

    public HeldTasksTests() => _tasks = new HeldTasks(_time);

    [Fact]
    public void A_task_that_still_runs_takes_the_new_delivery_and_settles_it()
    {
        var (first, task) = Started();
        first.Lost = true;
        var second = Tasks.Arrived(Properties, redelivered: true);

        Assert.Equal(Adoption.Joined, _tasks.Adopt(second, out var known));
        Assert.Same(task, known);
        task.Acknowledge(Fate.Done);

        Assert.Equal([Settlement.Ack], second.Settlements);
        Assert.Empty(first.Settlements);
        Assert.Equal(2, _settledDeliveries);
    }

    [Fact]
    public void A_task_that_ended_while_the_broker_was_away_is_settled_when_it_comes_again()
    {
        var (first, task) = Started();
        first.Lost = true;
        task.Acknowledge(Fate.Done);
        _tasks.Remove(task);
        var second = Tasks.Arrived(Properties, redelivered: true);

        Assert.Equal(Adoption.Settled, Adopt(second));

        Assert.Equal([Settlement.Ack], second.Settlements);
        Assert.Equal(1, _settledDeliveries);
    }

    [Fact]
    public void A_task_that_was_lost_before_it_was_started_is_let_go_and_not_counted_as_a_run_when_it_comes_again()
    {
        var (first, task) = Started();
        Assert.False(task.TryDrop());
        first.Lost = true;
        Assert.True(task.TryDrop());
        _tasks.Remove(task);
        Assert.Equal(0, _tasks.CountLost(task.Queue));
        var counted = Properties.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.DeliveryCount, 1L));

        Assert.Equal(Adoption.Revived, _tasks.Adopt(Tasks.Arrived(counted, redelivered: true), out var known));

        Assert.Equal(0, known!.EarlierAttempts);
        Assert.False(known.IsLost);
        Assert.Equal(1, _settledDeliveries);
    }

    [Fact]
    public void It_is_not_remembered_for_ever()
    {
        var (first, task) = Started();
        first.Lost = true;
        task.Acknowledge(Fate.Done);
        _tasks.Remove(task);
        _time.Advance(TimeSpan.FromHours(1));
        var (_, other) = Started("m2");
        _tasks.Remove(other);

        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(Properties, redelivered: true)));
    }

    [Fact]
    public void Another_message_with_the_same_id_is_a_task_of_its_own()
    {
        var (first, _) = Started();

        // Not given back by the broker, so this is a second message.
        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(Properties, redelivered: true)));
        first.Lost = true;
        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(Properties)));
        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(Properties, redelivered: true, "another body"u8.ToArray())));
        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(new MessageProperties { MessageId = "m2" }, redelivered: true)));
        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(new MessageProperties(), redelivered: true)));
        Assert.Equal(Adoption.Joined, Adopt(Tasks.Arrived(Properties, redelivered: true)));
    }

    [Fact]
    public void A_settled_task_is_forgotten()
    {
        var (first, task) = Started();
        task.Acknowledge(Fate.Done);
        _tasks.Remove(task);
        first.Lost = true;

        Assert.Equal(Adoption.None, Adopt(Tasks.Arrived(Properties, redelivered: true)));
    }

    private Adoption Adopt(Delivery delivery) => _tasks.Adopt(delivery, out _);

    private (StubDelivery Delivery, HeldTask Task) Started(string messageId = "m1")
    {
        var delivery = Tasks.Arrived(Properties with { MessageId = messageId });
        var task = Tasks.On(delivery, settled: (_, deliveries) => _settledDeliveries += deliveries);
        _tasks.Add(task);
        return (delivery, task);
    }
}
