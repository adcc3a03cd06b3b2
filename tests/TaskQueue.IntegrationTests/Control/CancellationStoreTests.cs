using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Control;

public sealed class CancellationStoreTests(SharedBroker shared) : IAsyncLifetime
{
    private static readonly DateTimeOffset Later = TimeProvider.System.GetUtcNow().AddDays(1);

    private readonly QueueNames _names = new($"cancel_{Guid.NewGuid():N}_");
    private IBroker _broker = null!;

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _broker = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);

    public async ValueTask DisposeAsync()
    {
        await _broker.DeleteQueueAsync(_names.Cancelled, CancellationToken.None);
        await _broker.DisposeAsync();
    }

    [Theory]
    [InlineData(QueueType.Quorum)]
    [InlineData(QueueType.Classic)]
    public async Task What_was_cancelled_is_read_by_everybody_until_it_is_forgotten(QueueType type)
    {
        var store = Store(_broker, type);
        Assert.Empty((await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations);
        Assert.Null(await _broker.InspectQueueAsync(_names.Cancelled, TestEnds));

        await store.AddAsync([new TaskCancellation("m1", "ops", Later), new TaskCancellation("gone", "ops", DateTimeOffset.UnixEpoch)], adopts: false, TestEnds);
        await store.AddAsync([new TaskCancellation("m2", "ops", Later), new TaskCancellation("m1", "boss", Later)], adopts: false, TestEnds);

        for (var i = 0; i < 30; i++)
        {
            // More often than any delivery limit lets a message come back.
            Assert.Equal([("m1", "boss"), ("m2", "ops")], (await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations.Select(known => (known.Id, known.By)).Order());
        }

        await Eventually.TrueAsync(async () => (await _broker.InspectQueueAsync(_names.Cancelled, TestEnds))?.Ready == 1, () => "one message");
    }

    [Fact]
    public async Task What_is_taken_back_is_forgotten_and_all_else_stays()
    {
        var store = Store(_broker);
        Assert.Empty(await store.RemoveAsync(["m1"], TestEnds));
        await store.AddAsync([new TaskCancellation("m1", "ops", Later) { At = DateTimeOffset.UnixEpoch }, new TaskCancellation("m2", "ops", Later)], adopts: false, TestEnds);

        Assert.Equal("m1", Assert.Single(await store.RemoveAsync(["m1", "m3"], TestEnds)).Id);
        Assert.Empty(await store.RemoveAsync(["m1"], TestEnds));
        Assert.Equal("m2", Assert.Single((await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations).Id);

        // None is a reading like any other: nobody who starts waits for it.
        await store.RemoveAsync(["m2"], TestEnds);
        var read = await store.ReadAsync(CancellationStore.Patience, TestEnds);
        Assert.True(read.IsComplete);
        Assert.Empty(read.Cancellations);
    }

    [Fact]
    public async Task Whoever_reads_or_cancels_at_the_same_time_sees_all()
    {
        await using var other = await RabbitMqTestBroker.ConnectAsync(shared.BrokerOptions, TestEnds);
        var stores = new[] { Store(_broker), Store(other) };
        await stores[0].AddAsync([new TaskCancellation("first", "ops", Later)], adopts: false, TestEnds);

        await Task.WhenAll(stores.Select(async (store, number) =>
        {
            for (var i = 0; i < 20; i++)
            {
                Assert.Contains((await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations, known => known.Id == "first");
                await store.AddAsync([new TaskCancellation($"{number}.{i}", "ops", Later)], adopts: false, TestEnds);
            }
        }));

        Assert.Equal(41, (await stores[1].ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations.Count);
    }

    [Fact]
    public async Task What_others_have_put_there_or_deleted_does_no_harm()
    {
        var store = Store(_broker);
        await _broker.DeclareQueueAsync(new QueueDefinition(_names.Cancelled), TestEnds);
        foreach (var body in (string[])["", "{}", "[null]", """[{"id":null}]""", """[{"id":"x"}]"""])
        {
            await _broker.PublishAsync(new OutgoingMessage(_names.Cancelled, new MessageProperties(), System.Text.Encoding.UTF8.GetBytes(body)) { NamesUser = true }, TestEnds);
        }

        Assert.Empty((await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations);
        await _broker.PurgeQueueAsync(_names.Cancelled, TestEnds);

        await store.AddAsync([new TaskCancellation("m1", "ops", Later)], adopts: false, TestEnds);

        Assert.Equal("m1", Assert.Single((await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations).Id);
    }

    [Fact]
    public async Task Whoever_waits_in_vain_for_another_reader_neither_forgets_nor_overwrites()
    {
        var store = Store(_broker);
        await store.AddAsync([new TaskCancellation("m1", "ops", Later)], adopts: false, TestEnds);
        var held = await _broker.GetAsync(_names.Cancelled, TestEnds);

        var reading = await store.ReadAsync(CancellationStore.Patience, TestEnds);

        Assert.Equal((false, 0), (reading.IsComplete, reading.Cancellations.Count));
        held!.Settle(Settlement.Requeue);
        Assert.Equal("m1", Assert.Single((await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations).Id);
        await Eventually.TrueAsync(async () => (await _broker.InspectQueueAsync(_names.Cancelled, TestEnds))?.Ready == 1, () => "one message");
    }

    [Fact]
    [Trait("Case", "A9")]
    public async Task What_nobody_vouches_for_stays_and_does_not_count_until_it_is_adopted_and_a_flood_of_it_goes()
    {
        var store = Store(_broker);
        await store.AddAsync([new TaskCancellation("m1", "ops", Later)], adopts: false, TestEnds);
        for (var i = 0; i < 150; i++)
        {
            var forged = $$"""[{"id":"forged{{i}}","by":"x","until":"{{Later:O}}"}]""";
            await _broker.PublishAsync(new OutgoingMessage(_names.Cancelled, new MessageProperties(), System.Text.Encoding.UTF8.GetBytes(forged)), TestEnds);
        }

        var reading = await store.ReadAsync(CancellationStore.Patience, TestEnds);

        Assert.Equal("m1", Assert.Single(reading.Cancellations).Id);
        Assert.Equal(100, reading.NotBelieved);
        await Eventually.TrueAsync(async () => (await _broker.InspectQueueAsync(_names.Cancelled, TestEnds))?.Ready == 101, () => "those that were put back");
        Assert.Equal(100, await store.AddAsync([], adopts: true, TestEnds));
        Assert.Equal(101, (await store.ReadAsync(CancellationStore.Patience, TestEnds)).Cancellations.Count);
    }

    private CancellationStore Store(IBroker broker, QueueType type = QueueType.Quorum) => new(broker, _names, type, () => new ControlUsers(shared.BrokerOptions.User, []), TimeProvider.System);
}
