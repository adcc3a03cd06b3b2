using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Tests.Publishing;

public sealed class DelayTests
{
    private const string Entrance = "taskqueue.delay.due";

    private readonly FakeTimeProvider _time = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sends_a_delayed_task_to_the_queue_for_delays_which_it_declares_when_it_is_missing()
    {
        await using var test = await ConnectAsync();

        var messageId = await test.Client.EnqueueAsync(Task(new EnqueueOptions { Delay = TimeSpan.FromMinutes(10) }), Stop);
        await test.Client.EnqueueAsync(Task(new EnqueueOptions { Delay = TimeSpan.FromMinutes(10) }), Stop);

        Assert.Equal([new QueueDefinition("taskqueue"), new QueueDefinition(Entrance)], test.Broker.Declared);
        Assert.Equal([Entrance, Entrance, Entrance], test.Broker.Sent.Select(message => message.RoutingKey));
        Assert.Equal(2, (await test.Broker.InspectQueueAsync(Entrance, Stop))!.Ready);
        var sent = test.Broker.Sent.First().Properties;
        Assert.Equal(messageId, sent.MessageId);
        Assert.Equal(("taskqueue", Milliseconds(TimeSpan.FromMinutes(10))), (sent.HeaderText(HeaderNames.To), sent.HeaderText(HeaderNames.Due)));
    }

    [Fact]
    public async Task Delivers_at_a_time_of_any_zone()
    {
        await using var test = await ConnectAsync();
        var due = (_time.GetUtcNow() + TimeSpan.FromHours(1)).ToOffset(TimeSpan.FromHours(5));

        await test.Client.EnqueueAsync(Task(new EnqueueOptions { DeliverAt = due }), Stop);

        Assert.Equal(Milliseconds(TimeSpan.FromHours(1)), test.Broker.Sent.Last().Properties.HeaderText(HeaderNames.Due));
    }

    [Fact]
    public async Task Enqueues_at_once_what_is_to_be_delivered_in_the_past()
    {
        await using var test = await ConnectAsync();

        await test.Client.EnqueueManyAsync(
            [
                Task(new EnqueueOptions { Delay = TimeSpan.Zero }),
                Task(new EnqueueOptions { Delay = TimeSpan.MinValue }),
                Task(new EnqueueOptions { DeliverAt = _time.GetUtcNow() }),
                Task(new EnqueueOptions { DeliverAt = DateTimeOffset.MinValue }),
            ],
            Stop);

        Assert.Equal(["taskqueue", "taskqueue", "taskqueue", "taskqueue"], test.Broker.Sent.Select(message => message.RoutingKey));
    }

    [Fact]
    public async Task Refuses_two_times_for_one_task()
    {
        await using var test = await ConnectAsync();
        var task = Task(new EnqueueOptions { Delay = TimeSpan.FromSeconds(1), DeliverAt = _time.GetUtcNow() });

        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => test.Client.EnqueueAsync(task, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Client.RunAsync(task, cancellationToken: Stop));

        Assert.Contains("Delay and DeliverAt are both set", refusal.Message, StringComparison.Ordinal);
        Assert.Empty(test.Broker.Sent);
    }

    [Fact]
    public async Task Refuses_more_than_a_year()
    {
        await using var test = await ConnectAsync();

        foreach (var options in (EnqueueOptions[])[new() { Delay = TimeSpan.FromDays(400) }, new() { DeliverAt = _time.GetUtcNow().AddDays(400) }])
        {
            var refusal = await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Client.EnqueueAsync(Task(options), Stop));
            Assert.Contains("A delay of 400 days: expected at most 366 days", refusal.Message, StringComparison.Ordinal);
        }

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Client.RunAsync(Task(new EnqueueOptions { Delay = TimeSpan.MaxValue }), cancellationToken: Stop));
        await test.Client.EnqueueAsync(Task(new EnqueueOptions { Delay = TimeSpan.FromDays(366) }), Stop);
    }

    [Fact]
    public async Task Says_what_to_do_when_the_queue_for_delays_does_not_exist_and_it_may_not_declare_it()
    {
        await using var test = await ConnectAsync(new TaskQueueClientOptions { DeclareQueue = false });

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(
            () => test.Client.EnqueueAsync(Task(new EnqueueOptions { Delay = TimeSpan.FromSeconds(1) }), Stop));

        Assert.Contains($"no queue \"{Entrance}\"", failure.Message, StringComparison.Ordinal);
        Assert.Empty(test.Broker.Declared);
    }

    [Fact]
    public async Task Waits_for_the_result_of_a_delayed_task_as_much_longer_as_the_delay()
    {
        await using var test = await ConnectAsync(new TaskQueueClientOptions { RunTimeout = TimeSpan.Zero });
        await test.Broker.DeclareQueueAsync(new QueueDefinition(Entrance), Stop);
        await using var worker = await test.Broker.ConsumeAsync(
            new QueueDefinition(Entrance),
            new ConsumerOptions(1),
            async task => await test.Broker.PublishAsync(ClientOverMemory.Result(task, "done", "success"), Stop),
            Stop);

        // Without the delay there would be no time at all.
        var result = await test.Client.RunAsync(Task(new EnqueueOptions { Delay = TimeSpan.FromMinutes(1) }), cancellationToken: Stop);
        await test.Client.RunAsync(Task(new EnqueueOptions { Delay = TimeSpan.FromDays(300) }), cancellationToken: Stop);

        Assert.Equal("done"u8.ToArray(), result.Body.ToArray());
    }

    private static NewTask Task(EnqueueOptions options) => new("echo", "hello", options);

    private Task<ClientOverMemory> ConnectAsync(TaskQueueClientOptions? options = null) =>
        ClientOverMemory.ConnectAsync((options ?? new TaskQueueClientOptions()) with { TimeProvider = _time });

    private string Milliseconds(TimeSpan fromNow) => (_time.GetUtcNow() + fromNow).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
