using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;
using TaskQueue.Testing;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Tests.HandOff;

public sealed class RunningTasksTests
{
    private static readonly MessageProperties Properties = new() { MessageId = "m1" };

    private readonly ManualTime _time = new();
    private readonly RunningTasks _tasks;

    public RunningTasksTests() => _tasks = new RunningTasks(_time);

    [Fact]
    public void A_task_that_still_runs_takes_the_new_delivery_and_settles_it()
    {
        var (first, task) = Started();
        first.Lost = true;
        var second = Tasks.Arrived(Properties, redelivered: true);

        Assert.Same(task, _tasks.Adopt(second));
        task.Acknowledge(Fate.Done);

        Assert.Equal([Settlement.Ack], second.Settlements);
        Assert.Empty(first.Settlements);
        Assert.True(task.Settled.IsCompletedSuccessfully);
    }

    [Fact]
    public void A_task_that_ended_while_the_broker_was_away_is_settled_when_it_comes_again()
    {
        var (first, task) = Started();
        first.Lost = true;
        task.Acknowledge(Fate.Done);
        _tasks.Remove(task);
        var second = Tasks.Arrived(Properties, redelivered: true);

        Assert.Same(task, _tasks.Adopt(second));

        Assert.Equal([Settlement.Ack], second.Settlements);
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

        Assert.Null(_tasks.Adopt(Tasks.Arrived(Properties, redelivered: true)));
    }

    [Fact]
    public void Another_message_with_the_same_id_is_a_task_of_its_own()
    {
        var (first, _) = Started();

        // Not given back by the broker, so this is a second message.
        Assert.Null(_tasks.Adopt(Tasks.Arrived(Properties, redelivered: true)));
        first.Lost = true;
        Assert.Null(_tasks.Adopt(Tasks.Arrived(Properties)));
        Assert.Null(_tasks.Adopt(Tasks.Arrived(Properties, redelivered: true, "another body"u8.ToArray())));
        Assert.Null(_tasks.Adopt(Tasks.Arrived(new MessageProperties { MessageId = "m2" }, redelivered: true)));
        Assert.Null(_tasks.Adopt(Tasks.Arrived(new MessageProperties(), redelivered: true)));
        Assert.NotNull(_tasks.Adopt(Tasks.Arrived(Properties, redelivered: true)));
    }

    [Fact]
    public void A_settled_task_is_forgotten()
    {
        var (first, task) = Started();
        task.Acknowledge(Fate.Done);
        _tasks.Remove(task);
        first.Lost = true;

        Assert.Null(_tasks.Adopt(Tasks.Arrived(Properties, redelivered: true)));
    }

    private (StubDelivery Delivery, RunningTask Task) Started(string messageId = "m1")
    {
        var delivery = Tasks.Arrived(Properties with { MessageId = messageId });
        var task = Tasks.On(delivery);
        _tasks.Add(task);
        return (delivery, task);
    }
}
