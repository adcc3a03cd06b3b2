using Microsoft.Extensions.Time.Testing;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.Client.Tests.Publishing;

public sealed class EnqueueTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Declares_the_dispatchers_queue_when_connecting()
    {
        var options = new TaskQueueClientOptions { Broker = new BrokerOptions { QueuePrefix = "dev_", QueueType = QueueType.Classic } };
        await using var test = await ClientOverMemory.ConnectAsync(options);

        Assert.Equal(new QueueDefinition("dev_taskqueue", QueueType.Classic), Assert.Single(test.Broker.Declared));
    }

    [Theory]
    [InlineData(HeaderNames.Timeout)]
    [InlineData(HeaderNames.Expires)]
    public async Task A_task_may_say_how_long_it_runs_and_until_when_it_is_started(string header)
    {
        await using var test = await ClientOverMemory.ConnectAsync();

        await test.Client.EnqueueAsync(new NewTask("echo", "hello", new EnqueueOptions { Headers = new Dictionary<string, object?> { [header] = 30 } }), Stop);

        Assert.Equal("30", Assert.Single(test.Broker.Sent).Properties.HeaderText(header));
    }

    [Fact]
    public async Task Returns_the_message_id_once_the_broker_has_confirmed()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        test.Broker.HoldsAnswers = true;

        var enqueued = test.Client.EnqueueAsync("echo", new byte[] { 1 }, cancellationToken: Stop);
        Assert.False(enqueued.IsCompleted);
        test.Broker.Answer();

        Assert.Equal(Assert.Single(test.Broker.Sent).Properties.MessageId, await enqueued);
    }

    [Fact]
    public async Task Says_what_to_do_when_the_dispatchers_queue_does_not_exist()
    {
        await using var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { DeclareQueue = false });

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => test.Client.EnqueueAsync(new NewTask("echo", "hello"), Stop));

        Assert.Contains("no queue \"taskqueue\"", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Start a dispatcher", failure.Message, StringComparison.Ordinal);
        Assert.Single(failure.MessageIds);
    }

    [Fact]
    public async Task Sends_the_same_message_again_when_a_connection_was_lost_or_the_queue_was_full()
    {
        var time = new FakeTimeProvider();
        await using var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { TimeProvider = time });
        test.Broker.NextOutcomes.Enqueue(PublishOutcome.Lost);
        test.Broker.NextOutcomes.Enqueue(PublishOutcome.Refused);

        var enqueued = test.Client.EnqueueAsync(new NewTask("echo", "hello"), Stop);
        await time.PassUntilAsync(enqueued);
        var messageId = await enqueued;

        Assert.Equal([messageId, messageId, messageId], test.Broker.Sent.Select(message => message.Properties.MessageId));
        Assert.Equal(1, (await test.Broker.InspectQueueAsync("taskqueue", Stop))!.Ready);
    }

    [Fact]
    public async Task Gives_up_a_message_that_ends_every_connection()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        for (var i = 0; i < 100; i++)
        {
            test.Broker.NextOutcomes.Enqueue(PublishOutcome.Lost);
        }

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => test.Client.EnqueueAsync("echo", new byte[17], cancellationToken: Stop));

        Assert.Contains("(17 bytes) was under way each of 5 times", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Gives_up_a_message_that_the_broker_refuses_for_too_long()
    {
        await using var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { RefusalTimeout = TimeSpan.Zero });
        test.Broker.NextOutcomes.Enqueue(PublishOutcome.Refused);

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => test.Client.EnqueueAsync("echo", new byte[17], cancellationToken: Stop));

        Assert.Contains("queue \"taskqueue\" is full", failure.Message, StringComparison.Ordinal);
        Assert.Single(test.Broker.Sent);
    }

    [Fact]
    public async Task Keeps_many_confirms_of_a_batch_in_flight_and_no_more_than_asked()
    {
        await using var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { MaxInFlight = 10 });
        test.Broker.HoldsAnswers = true;

        var enqueued = test.Client.EnqueueManyAsync(Enumerable.Range(0, 25).Select(i => new NewTask("echo", $"{i}")), Stop);
        Assert.Equal(10, test.Broker.Sent.Count);
        test.Broker.Answer();

        var ids = await enqueued;
        Assert.Equal(10, test.Broker.MostInFlight);
        Assert.Equal(25, ids.Distinct().Count());
        Assert.Equal(ids, test.Broker.Sent.Select(message => message.Properties.MessageId));
    }

    [Fact]
    public async Task Tells_which_tasks_of_a_failed_batch_are_enqueued()
    {
        await using var test = await ClientOverMemory.ConnectAsync(new TaskQueueClientOptions { MaxInFlight = 1 });
        test.Broker.NextOutcomes.Enqueue(PublishOutcome.Confirmed);
        test.Broker.NextOutcomes.Enqueue(PublishOutcome.Returned);

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => test.Client.EnqueueManyAsync(
            Enumerable.Range(0, 5).Select(i => new NewTask("echo", "x", new EnqueueOptions { MessageId = $"{i}" })), Stop));

        Assert.Equal(["0"], failure.ConfirmedMessageIds);
        Assert.Equal(["1"], failure.MessageIds);
        Assert.Equal(2, test.Broker.Sent.Count);
    }

    [Fact]
    public async Task Awaits_what_is_under_way_when_the_tasks_of_a_batch_cannot_be_made()
    {
        await using var test = await ClientOverMemory.ConnectAsync();

        var failure = await Assert.ThrowsAsync<EnqueueFailedException>(() => test.Client.EnqueueManyAsync(Tasks(), Stop));

        Assert.IsType<InvalidDataException>(failure.InnerException);
        Assert.Equal(["first"], failure.ConfirmedMessageIds);

        static IEnumerable<NewTask> Tasks()
        {
            yield return new NewTask("echo", "x", new EnqueueOptions { MessageId = "first" });
            throw new InvalidDataException("line 2 is no task");
        }
    }

    [Fact]
    public async Task Stops_waiting_for_a_confirm_when_its_token_fires()
    {
        await using var test = await ClientOverMemory.ConnectAsync();
        test.Broker.HoldsAnswers = true;
        using var cancel = CancellationTokenSource.CreateLinkedTokenSource(Stop);

        var enqueued = test.Client.EnqueueAsync(new NewTask("echo", "hello"), cancel.Token);
        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => enqueued);
    }
}
