using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging.Delays;

namespace TaskQueue.Messaging.Tests.Delays;

public sealed class DelayQueuesTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly DelayQueues _delays;

    public DelayQueuesTests() => _delays = new DelayQueues(new QueueNames("dev_"), QueueType.Quorum, _time);

    private static OutgoingMessage Task => new("dev_worker_a", new MessageProperties { MessageId = "1" }, "body"u8.ToArray());

    [Fact]
    public void A_delayed_message_goes_to_the_entrance_and_says_when_and_where_to()
    {
        var delayed = _delays.Delay(Task, TimeSpan.FromMinutes(10));

        Assert.Equal("dev_taskqueue.delay.due", delayed.RoutingKey);
        Assert.Equal(new QueueDefinition("dev_taskqueue.delay.due"), _delays.Entrance);
        Assert.Equal("dev_worker_a", delayed.Properties.HeaderText("x-taskqueue-to"));
        Assert.Equal((_time.GetUtcNow().AddMinutes(10)).ToUnixTimeMilliseconds(), delayed.Properties.Headers!["x-taskqueue-due"]);
        Assert.Equal("1", delayed.Properties.MessageId);
        Assert.Equal(Task.Body.ToArray(), delayed.Body.ToArray());
    }

    [Fact]
    public void A_time_between_two_milliseconds_is_rounded_up() => Assert.Equal(
        _time.GetUtcNow().AddMilliseconds(2).ToUnixTimeMilliseconds(),
        _delays.Delay(Task, TimeSpan.FromTicks(TimeSpan.TicksPerMillisecond + 1)).Properties.Headers!["x-taskqueue-due"]);

    [Fact]
    public void Without_a_delay_the_message_stays_as_it_is()
    {
        var task = Task;

        Assert.Equal(task, _delays.Delay(task, TimeSpan.Zero));
        Assert.Equal(task, _delays.Delay(task, TimeSpan.MinValue));
        Assert.Equal(task, _delays.DelayUntil(task, _time.GetUtcNow()));
        Assert.Equal(task, _delays.DelayUntil(task, DateTimeOffset.MinValue));
    }

    [Fact]
    public void A_year_is_the_longest_delay()
    {
        _delays.Delay(Task, DelayQueues.Longest);
        _delays.DelayUntil(Task, _time.GetUtcNow().AddYears(1));

        Assert.Throws<ArgumentOutOfRangeException>(() => _delays.Delay(Task, DelayQueues.Longest + TimeSpan.FromTicks(1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => _delays.DelayUntil(Task, DateTimeOffset.MaxValue));
    }

    [Fact]
    public void An_expiration_that_no_broker_would_take_is_refused_before_the_delay_and_not_after_it()
    {
        var garbled = Task with { Properties = Task.Properties with { Expiration = "10s" } };

        Assert.Throws<ArgumentException>(() => _delays.Delay(garbled, TimeSpan.FromSeconds(1)));
    }

    [Fact]
    public void Queues_of_levels_are_named_by_how_long_messages_stay_and_lead_back()
    {
        Assert.Equal("taskqueue.delay.250ms", new QueueNames().Delay(TimeSpan.FromMilliseconds(250)));
        Assert.Equal("dev_taskqueue.delay.4194304s", _delays.Level(DelayLevels.Longest).Name);
        Assert.All(DelayLevels.All, level => Assert.Equal((level, "dev_taskqueue.delay.due"), (_delays.Level(level).MessageTtl, _delays.Level(level).DeadLetterQueue)));
        Assert.Equal(DelayLevels.All.Count, DelayLevels.All.Select(level => _delays.Level(level).Name).Distinct(StringComparer.Ordinal).Count());
    }
}
