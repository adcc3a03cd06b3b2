using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

/// <summary>What every broker must do.</summary>
public abstract class BrokerContract : IAsyncLifetime
{
    private static readonly TimeSpan RetryDelay = TimeSpan.FromMilliseconds(100);

    private readonly string _prefix = $"contract_{RandomNumberGenerator.GetHexString(8)}_";

    protected static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    protected IBroker Broker { get; private set; } = null!;

    protected virtual QueueType QueueType => QueueType.Quorum;

    public async ValueTask InitializeAsync() => Broker = await ConnectAsync();

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Broker.DisposeAsync();
    }

    protected abstract Task<IBroker> ConnectAsync();

    protected QueueDefinition Queue(string name) => new(_prefix + name, QueueType);

    protected async Task<QueueDefinition> DeclaredAsync(string name = "q")
    {
        var queue = Queue(name);
        await Broker.DeclareQueueAsync(queue, TestEnds);
        return queue;
    }

    protected async Task PublishAsync(QueueDefinition queue, params string[] bodies)
    {
        foreach (var body in bodies)
        {
            Assert.True(await Broker.PublishUntilConfirmedAsync(Message(queue, body), RetryDelay, TimeProvider.System, TestEnds));
        }
    }

    protected static OutgoingMessage Message(QueueDefinition queue, string body) =>
        new(queue.Name, new MessageProperties(), Encoding.UTF8.GetBytes(body));

    protected async Task WaitsAsync(QueueDefinition queue, long messages)
    {
        QueueState? state = null;
        await Eventually.TrueAsync(
            async () => (state = await Broker.InspectQueueAsync(queue.Name, TestEnds))?.Ready == messages,
            () => $"{messages} messages in {queue.Name}; it is {state}");
    }

    [Fact]
    public async Task Delivers_the_body_and_all_properties_as_they_were_published()
    {
        var queue = await DeclaredAsync();
        var body = RandomNumberGenerator.GetBytes(300_000);
        var sent = new MessageProperties
        {
            ContentType = "application/json",
            ContentEncoding = "gzip",
            Priority = 4,
            CorrelationId = "correlation",
            ReplyTo = "answers",
            Expiration = "3600000",
            MessageId = "message ü",
            Timestamp = 1_700_000_000,
            Type = "type",
            AppId = "application",
            ClusterId = "cluster",
            Headers = new Dictionary<string, object?>
            {
                ["text"] = "ünï",
                ["bytes"] = new byte[] { 1, 0, 255 },
                ["int"] = 42,
                ["long"] = 1L << 40,
                ["short"] = (short)-3,
                ["double"] = 0.5,
                ["float"] = 0.25f,
                ["flag"] = true,
                ["nothing"] = null,
                ["table"] = new Dictionary<string, object?> { ["inner"] = "x", ["deep"] = new Dictionary<string, object?> { ["n"] = 1 } },
                ["list"] = new List<object?> { 1, "two" },
            },
        };
        var got = new DeliveryList(ack: true);

        await Broker.PublishUntilConfirmedAsync(new OutgoingMessage(queue.Name, sent, body), RetryDelay, TimeProvider.System, TestEnds);
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(10), got.OnDeliveryAsync, TestEnds);
        var delivery = Assert.Single(await got.AtLeastAsync(1));

        Assert.Equal(body, delivery.Body.ToArray());
        Assert.Equal(queue.Name, delivery.Queue);
        Assert.False(delivery.Redelivered);
        Assert.Equal(sent with { Headers = null }, delivery.Properties with { Headers = null });
        Assert.Equal(
            HeaderValues.Plain(sent.Headers).OrderBy(header => header.Key, StringComparer.Ordinal),
            HeaderValues.Plain(delivery.Properties.Headers).Where(header => !header.Key.StartsWith("x-", StringComparison.Ordinal))
                .OrderBy(header => header.Key, StringComparer.Ordinal));
    }

    [Fact]
    public async Task Delivers_an_empty_message_without_properties()
    {
        var queue = await DeclaredAsync();

        await PublishAsync(queue, "");
        var delivery = await Broker.GetAsync(queue.Name, TestEnds);

        Assert.NotNull(delivery);
        Assert.True(delivery.Body.IsEmpty);
        // Quorum queues add a count of their own.
        Assert.DoesNotContain(delivery.Properties.Headers ?? new Dictionary<string, object?>(), header => header.Key != "x-delivery-count");
        Assert.Null(delivery.Properties.MessageId);
        Assert.Null(delivery.Properties.Priority);
        Assert.Null(delivery.Properties.Timestamp);
        delivery.Settle(Settlement.Ack);
    }

    [Fact]
    public async Task Returns_a_message_with_its_body_when_there_is_no_such_queue()
    {
        var listener = new RecordingListener();

        await Broker.SendAsync(Message(Queue("missing"), "lost sheep"), listener, TestEnds);

        Assert.Equal(PublishOutcome.Returned, await listener.First.WaitAsync(TestEnds));
        Assert.Equal("lost sheep", Encoding.UTF8.GetString(listener.ReturnedBody!));
    }

    [Fact]
    public async Task Returns_each_of_many_messages_to_its_own_listener_among_others_that_are_confirmed()
    {
        var queue = await DeclaredAsync();
        var missing = Queue("missing");
        var listeners = Enumerable.Range(0, 400).Select(_ => new RecordingListener()).ToArray();

        for (var i = 0; i < listeners.Length; i++)
        {
            await Broker.SendAsync(Message(i % 2 == 0 ? queue : missing, $"message {i:000}"), listeners[i], TestEnds);
        }

        for (var i = 0; i < listeners.Length; i++)
        {
            Assert.Equal(i % 2 == 0 ? PublishOutcome.Confirmed : PublishOutcome.Returned, await listeners[i].First.WaitAsync(TestEnds));
            Assert.Equal(i % 2 == 0 ? "" : $"message {i:000}", Encoding.UTF8.GetString(listeners[i].ReturnedBody!));
        }
    }

    [Fact]
    public async Task Confirms_each_of_many_messages_from_many_senders_exactly_once()
    {
        const int Senders = 8, Each = 2_500;
        var queue = await DeclaredAsync();
        var listeners = Enumerable.Range(0, Senders * Each).Select(_ => new RecordingListener()).ToArray();

        await Parallel.ForAsync(0, Senders, TestEnds, async (sender, cancellation) =>
        {
            // One buffer: a body may be reused as soon as the message is on its way.
            var body = new byte[8];
            for (var i = 0; i < Each; i++)
            {
                BitConverter.TryWriteBytes(body, (sender * Each) + i);
                await Broker.SendAsync(new OutgoingMessage(queue.Name, new MessageProperties(), body), listeners[(sender * Each) + i], cancellation);
            }
        });
        foreach (var listener in listeners)
        {
            Assert.Equal(PublishOutcome.Confirmed, await listener.First.WaitAsync(TestEnds));
        }

        var seen = new ConcurrentDictionary<long, int>();
        await using var consumer = await Broker.ConsumeAsync(
            queue,
            new ConsumerOptions(1000) { KeepBodies = false },
            delivery =>
            {
                seen.AddOrUpdate(BitConverter.ToInt64(delivery.Body.Span), 1, (_, count) => count + 1);
                delivery.Settle(Settlement.Ack);
                return ValueTask.CompletedTask;
            },
            TestEnds);
        await Eventually.TrueAsync(() => seen.Count == Senders * Each, () => $"{Senders * Each} messages; {seen.Count} came");
        Assert.All(listeners, listener => Assert.Single(listener.Outcomes));
        Assert.All(seen.Values, count => Assert.Equal(1, count));
    }

    [Fact]
    public async Task Takes_no_more_deliveries_than_the_prefetch_until_some_are_settled()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
        var got = new DeliveryList();

        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(3), got.OnDeliveryAsync, TestEnds);
        var first = await got.AtLeastAsync(3);
        await WaitsAsync(queue, 7);
        Assert.Equal(3, got.All.Count);

        first[0].Settle(Settlement.Ack);
        first[1].Settle(Settlement.Ack);
        await got.AtLeastAsync(5);
        await WaitsAsync(queue, 5);
        Assert.Equal(5, got.All.Count);
        Assert.Equal(["0", "1", "2", "3", "4"], got.Texts);
    }

    [Fact]
    public async Task Takes_nothing_with_a_prefetch_of_zero_until_it_is_raised()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "a", "b", "c");
        var got = new DeliveryList();

        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(0), got.OnDeliveryAsync, TestEnds);
        await WaitsAsync(queue, 3);
        Assert.Empty(got.All);

        await consumer.SetPrefetchAsync(2, TestEnds);
        await got.AtLeastAsync(2);
        await WaitsAsync(queue, 1);
    }

    [Fact]
    public async Task Delivers_nothing_twice_because_the_prefetch_changes_under_load()
    {
        const int Messages = 3000;
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, Messages).Select(i => $"{i}")]);
        var (seen, redelivered) = (0, 0);
        await using var consumer = await Broker.ConsumeAsync(
            queue,
            new ConsumerOptions(10),
            delivery =>
            {
                Interlocked.Increment(ref seen);
                Interlocked.Add(ref redelivered, delivery.Redelivered ? 1 : 0);
                delivery.Settle(Settlement.Ack);
                return ValueTask.CompletedTask;
            },
            TestEnds);

        for (var prefetch = 10; Volatile.Read(ref seen) < Messages; prefetch = prefetch == 10 ? 20 : 10)
        {
            await consumer.SetPrefetchAsync(prefetch, TestEnds);
        }

        Assert.Equal((Messages, 0), (seen, redelivered));
    }

    [Fact]
    public async Task Keeps_unsettled_deliveries_when_the_prefetch_changes()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, 10).Select(i => $"{i}")]);
        var got = new DeliveryList();
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(2), got.OnDeliveryAsync, TestEnds);
        var first = await got.AtLeastAsync(2);

        await consumer.SetPrefetchAsync(5, TestEnds);
        var all = await got.AtLeastAsync(7);
        await WaitsAsync(queue, 3);
        foreach (var delivery in all)
        {
            delivery.Settle(Settlement.Ack);
        }

        Assert.Equal("0", Encoding.UTF8.GetString(first[0].Body.Span));
        await got.AtLeastAsync(10);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"{i}"), got.Texts);
    }

    [Fact]
    public async Task Delivers_a_requeued_message_again()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "again");
        var got = new DeliveryList();
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);

        (await got.AtLeastAsync(1))[0].Settle(Settlement.Requeue);
        var second = (await got.AtLeastAsync(2))[1];
        second.Settle(Settlement.Ack);

        Assert.True(second.Redelivered);
        Assert.Equal(["again", "again"], got.Texts);
    }

    [Fact]
    public async Task Refuses_to_settle_a_delivery_twice()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "once");
        var delivery = await Broker.GetAsync(queue.Name, TestEnds);

        delivery!.Settle(Settlement.Ack);

        Assert.Throws<InvalidOperationException>(() => delivery.Settle(Settlement.Ack));
    }

    [Fact]
    public async Task Calls_a_consumer_for_one_delivery_after_the_other_while_other_consumers_go_on()
    {
        var queue = await DeclaredAsync();
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var (slowCalls, running, together) = (0, 0, 0);
        await using var slow = await Broker.ConsumeAsync(
            queue,
            new ConsumerOptions(5) { KeepBodies = false },
            async delivery =>
            {
                Interlocked.Increment(ref slowCalls);
                together = Math.Max(together, Interlocked.Increment(ref running));
                var before = delivery.Body.ToArray();
                await release.Task;
                Assert.Equal(before, delivery.Body.ToArray());
                Interlocked.Decrement(ref running);
                delivery.Settle(Settlement.Ack);
            },
            TestEnds);
        var quick = new DeliveryList(ack: true);
        await using var other = await Broker.ConsumeAsync(queue, new ConsumerOptions(1), quick.OnDeliveryAsync, TestEnds);

        await PublishAsync(queue, [.. Enumerable.Range(0, 30).Select(i => $"{i}")]);
        await quick.AtLeastAsync(25);
        Assert.Equal(1, slowCalls);

        release.SetResult();
        await Eventually.TrueAsync(() => slowCalls + quick.All.Count == 30, () => $"30 deliveries; {slowCalls} slow, {quick.All.Count} quick");
        Assert.Equal(1, together);
    }

    [Fact]
    public async Task Gives_each_of_many_consumers_of_a_queue_its_own_prefetch()
    {
        const int Consumers = 20;
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, Consumers + 5).Select(i => $"{i}")]);
        var lists = Enumerable.Range(0, Consumers).Select(_ => new DeliveryList()).ToArray();
        var consumers = await Task.WhenAll(lists.Select(list => Broker.ConsumeAsync(queue, new ConsumerOptions(1), list.OnDeliveryAsync, TestEnds)));

        foreach (var list in lists)
        {
            await list.AtLeastAsync(1);
        }

        await WaitsAsync(queue, 5);
        Assert.All(lists, list => Assert.Single(list.All));
        lists[3].All.First().Settle(Settlement.Ack);
        await lists[3].AtLeastAsync(2);
        foreach (var consumer in consumers)
        {
            await consumer.DisposeAsync();
        }

        await WaitsAsync(queue, Consumers + 4);
    }

    [Fact]
    public async Task Takes_nothing_after_it_was_stopped_and_still_settles_what_it_had()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "mine", "not mine");
        var got = new DeliveryList();
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);
        var mine = Assert.Single(await got.AtLeastAsync(1));

        await consumer.StopTakingAsync(TestEnds);
        mine.Settle(Settlement.Ack);
        await PublishAsync(queue, "later");

        await WaitsAsync(queue, 2);
        Assert.Single(got.All);
    }

    [Fact]
    public async Task Forgets_no_acknowledgement_of_a_consumer_that_pauses_settles_and_ends()
    {
        const int Messages = 600;
        var queue = await DeclaredAsync();
        var got = new DeliveryList();
        var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(Messages), got.OnDeliveryAsync, TestEnds);
        await PublishAsync(queue, [.. Enumerable.Range(0, Messages).Select(number => $"{number}")]);
        await got.AtLeastAsync(Messages);

        await consumer.PauseAsync(TestEnds);
        await PublishAsync(queue, "later");

        // Every second one: none can be acknowledged together with its neighbours.
        foreach (var delivery in got.All.Where((_, index) => index % 2 == 0))
        {
            delivery.Settle(Settlement.Ack);
        }

        await consumer.DisposeAsync();

        await WaitsAsync(queue, (Messages / 2) + 1);
        Assert.Equal(Messages, got.All.Count);
    }

    [Fact]
    public async Task Gives_back_what_a_disposed_consumer_had_and_nothing_of_its_neighbour()
    {
        var queue = await DeclaredAsync();
        var (leaving, staying) = (new DeliveryList(), new DeliveryList());
        var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(2), leaving.OnDeliveryAsync, TestEnds);
        await PublishAsync(queue, "a", "b");
        var given = await leaving.AtLeastAsync(2);
        await using var neighbour = await Broker.ConsumeAsync(queue, new ConsumerOptions(1), staying.OnDeliveryAsync, TestEnds);
        await PublishAsync(queue, "c");
        await staying.AtLeastAsync(1);

        await consumer.DisposeAsync();

        await WaitsAsync(queue, 2);
        given[0].Settle(Settlement.Ack);
        staying.All.First().Settle(Settlement.Ack);
        Assert.Equal("a", (await staying.AtLeastAsync(2)).Select(delivery => Encoding.UTF8.GetString(delivery.Body.Span)).Last());
        Assert.True(staying.All.Last().Redelivered);
    }

    [Fact]
    public async Task Gets_messages_one_by_one_and_nothing_from_an_empty_or_missing_queue()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "one", "two");

        var one = await Broker.GetAsync(queue.Name, TestEnds);
        var missing = await Broker.GetAsync(Queue("missing").Name, TestEnds);
        var two = await Broker.GetAsync(queue.Name, TestEnds);
        var none = await Broker.GetAsync(queue.Name, TestEnds);
        one!.Settle(Settlement.Ack);
        two!.Settle(Settlement.Requeue);

        Assert.Null(missing);
        Assert.Null(none);
        Assert.Equal("two", Encoding.UTF8.GetString(two.Body.Span));
        await WaitsAsync(queue, 1);
    }

    [Fact]
    public async Task Browses_what_waited_at_the_beginning_and_leaves_all_but_what_is_acknowledged()
    {
        const int Waiting = 300;
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, Waiting).Select(i => $"{i}")]);
        await WaitsAsync(queue, Waiting);
        List<string> seen = [];

        await using (var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(long.MaxValue), TestEnds))
        {
            Assert.Equal(Waiting, browser!.Count);
            while (await browser.NextAsync(TestEnds) is { } delivery)
            {
                seen.Add(Encoding.UTF8.GetString(delivery.Body.Span));
                if (seen.Count % 3 == 0)
                {
                    delivery.Settle(Settlement.Ack);
                    await PublishAsync(queue, $"later {seen.Count}");
                }
            }
        }

        Assert.Equal(Enumerable.Range(0, Waiting).Select(i => $"{i}"), seen);
        await WaitsAsync(queue, Waiting);
        var left = new DeliveryList(ack: true);
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(50), left.OnDeliveryAsync, TestEnds);
        await left.AtLeastAsync(Waiting);
        Assert.Equal(
            seen.Where((_, i) => i % 3 != 2).Concat(Enumerable.Range(1, Waiting / 3).Select(i => $"later {i * 3}")).Order(StringComparer.Ordinal),
            left.Texts.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Browses_no_more_than_asked_and_gives_it_back_with_the_browser()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "a", "b", "c", "d");
        await WaitsAsync(queue, 4);

        var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(2), TestEnds);
        Assert.NotNull(await browser!.NextAsync(TestEnds));
        var second = await browser.NextAsync(TestEnds);
        Assert.Null(await browser.NextAsync(TestEnds));
        await WaitsAsync(queue, 2);
        second!.Settle(Settlement.Requeue);
        await browser.DisposeAsync();

        await WaitsAsync(queue, 4);
        Assert.Null(await Broker.BrowseAsync(Queue("missing").Name, new BrowseOptions(1), TestEnds));
    }

    [Theory]
    [Trait("Case", "B4")]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_look_does_not_make_a_suspect_one_that_came_back(int seen)
    {
        var queue = await DeclaredAsync();
        var suspect = new MessageProperties().WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Suspect, true));
        await PublishAsync(queue, "a");
        foreach (var body in (string[])["b", "c"])
        {
            await Broker.PublishAsync(new OutgoingMessage(queue.Name, suspect, Encoding.UTF8.GetBytes(body)), TestEnds);
        }

        for (var look = 0; look < 3; look++)
        {
            await WaitsAsync(queue, 3);
            await using var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(3), TestEnds);
            for (var i = 0; i < seen; i++)
            {
                Assert.NotNull(await browser!.NextAsync(TestEnds));
            }
        }

        var got = new DeliveryList(ack: true);
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(10), got.OnDeliveryAsync, TestEnds);
        var deliveries = await got.AtLeastAsync(3);
        Assert.Equal(["a", "b", "c"], got.Texts.Order(StringComparer.Ordinal));
        Assert.All(deliveries.Where(delivery => delivery.Properties.Headers?.ContainsKey(HeaderNames.Suspect) is true), delivery => Assert.False(delivery.Redelivered));
    }

    [Fact]
    public async Task What_was_looked_at_is_there_for_whoever_looks_next()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "a", "b", "c", "d");
        await WaitsAsync(queue, 4);

        for (var look = 0; look < 30; look++)
        {
            await using var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(3), TestEnds);
            Assert.Equal(4, browser!.Count);
            for (var i = 0; i < 3; i++)
            {
                Assert.NotNull(await browser.NextAsync(TestEnds));
            }
        }
    }

    [Fact]
    [Trait("Case", "E7")]
    public async Task Gives_all_back_into_its_place_however_often_somebody_looks()
    {
        const int Waiting = 1_200, LookedAt = 1_100;
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, Waiting).Select(i => $"{i}")]);
        await WaitsAsync(queue, Waiting);

        foreach (var atMost in (int[])[LookedAt, 1, 40, LookedAt])
        {
            await using var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(atMost), TestEnds);
            for (var i = 0; i < atMost; i++)
            {
                Assert.Equal($"{i}", Encoding.UTF8.GetString((await browser!.NextAsync(TestEnds))!.Body.Span));
            }

            await browser!.DisposeAsync();
            await WaitsAsync(queue, Waiting);
        }

        var left = new DeliveryList(ack: true);
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(50), left.OnDeliveryAsync, TestEnds);
        await left.AtLeastAsync(Waiting);
        Assert.Equal(Enumerable.Range(0, Waiting).Select(i => $"{i}"), left.Texts);
    }

    [Fact]
    public async Task Stops_browsing_when_others_take_the_rest_or_delete_the_queue()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, 100).Select(i => $"{i}")]);
        await WaitsAsync(queue, 100);

        await using (var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(long.MaxValue), TestEnds))
        {
            Assert.NotNull(await browser!.NextAsync(TestEnds));
            await Broker.PurgeQueueAsync(queue.Name, TestEnds);
            while (await browser.NextAsync(TestEnds) is not null)
            {
                // What had been delivered before.
            }
        }

        // What was with the browser came back, and may be deleted now.
        await Eventually.TrueAsync(
            async () => (await Broker.InspectQueueAsync(queue.Name, TestEnds))?.Ready > 0, () => "messages that came back");
        await using (var browser = await Broker.BrowseAsync(queue.Name, new BrowseOptions(long.MaxValue), TestEnds))
        {
            Assert.NotNull(await browser!.NextAsync(TestEnds));
            await Broker.DeleteQueueAsync(queue.Name, TestEnds);
            while (await browser.NextAsync(TestEnds) is not null)
            {
                // As above.
            }
        }

        Assert.Null(await Broker.InspectQueueAsync(queue.Name, TestEnds));
    }

    [Fact]
    public async Task Inspects_purges_and_deletes_queues_and_minds_none_that_is_missing()
    {
        var queue = await DeclaredAsync();
        var missing = Queue("missing").Name;
        await PublishAsync(queue, "a", "b", "c");
        await WaitsAsync(queue, 3);

        Assert.Equal(3, await Broker.PurgeQueueAsync(queue.Name, TestEnds));
        Assert.Equal(0, await Broker.PurgeQueueAsync(missing, TestEnds));
        Assert.Equal(new QueueState(0, 0), await Broker.InspectQueueAsync(queue.Name, TestEnds));
        Assert.Null(await Broker.InspectQueueAsync(missing, TestEnds));
        await Broker.DeleteQueueAsync(queue.Name, TestEnds);
        await Broker.DeleteQueueAsync(missing, TestEnds);
        Assert.Null(await Broker.InspectQueueAsync(queue.Name, TestEnds));
    }

    [Fact]
    public async Task Uses_a_queue_as_it_is_when_it_exists_with_other_arguments()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, "kept");
        var other = queue with { Type = queue.Type == QueueType.Quorum ? QueueType.Classic : QueueType.Quorum };

        await Broker.DeclareQueueAsync(other, TestEnds);
        await Broker.DeclareQueueAsync(other with { DeleteUnusedAfter = TimeSpan.FromHours(1) }, TestEnds);

        Assert.NotNull(await Broker.GetAsync(queue.Name, TestEnds));
    }

    [Fact]
    public async Task Declares_a_queue_anew_and_goes_on_when_somebody_deletes_it()
    {
        var queue = await DeclaredAsync();
        var got = new DeliveryList(ack: true);
        await using var consumer = await Broker.ConsumeAsync(queue, new ConsumerOptions(1), got.OnDeliveryAsync, TestEnds);

        await Broker.DeleteQueueAsync(queue.Name, TestEnds);
        await Eventually.TrueAsync(
            async () => (await Broker.InspectQueueAsync(queue.Name, TestEnds))?.Consumers == 1, () => "a consumer of the new queue");
        await PublishAsync(queue, "after");

        await got.AtLeastAsync(1);
    }

    [Fact]
    public async Task Sends_all_that_is_settled_before_it_closes()
    {
        var queue = await DeclaredAsync();
        await PublishAsync(queue, [.. Enumerable.Range(0, 200).Select(i => $"{i}")]);
        var other = await ConnectAsync();
        var got = new DeliveryList();
        await other.ConsumeAsync(queue, new ConsumerOptions(150), got.OnDeliveryAsync, TestEnds);
        var deliveries = await got.AtLeastAsync(150);

        foreach (var delivery in deliveries.Skip(1).Take(100))
        {
            delivery.Settle(Settlement.Ack);
        }

        await other.DisposeAsync();

        // A hundred of them were acknowledged; all others, also those that only arrived meanwhile, are back.
        await WaitsAsync(queue, 100);
        deliveries[0].Settle(Settlement.Ack);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => other.InspectQueueAsync(queue.Name, TestEnds));
    }

    [Fact]
    public async Task Stops_waiting_when_told_to()
    {
        var queue = await DeclaredAsync();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Broker.DeclareQueueAsync(queue, cancelled.Token));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await Broker.SendAsync(Message(queue, "x"), new RecordingListener(), cancelled.Token));

        await PublishAsync(queue, "still working");
    }
}
