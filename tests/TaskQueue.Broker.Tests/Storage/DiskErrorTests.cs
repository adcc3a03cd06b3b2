using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Faults;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class DiskErrorTests
{
    private const int BodyBytes = 3000;

    [Fact]
    public async Task After_one_flush_that_failed_nothing_is_acknowledged_any_more()
    {
        using var folder = new StoreFolder();
        var disk = new FailingFlush();
        FileLayer.Watch(folder.Path, disk);
        await using (var store = new SqliteMessageStore(folder.Options with { FileLayer = FileLayer.Name }))
        {
            store.Load();
            await store.CommitAsync(Batches.Queue(1));
            await store.CommitAsync(Batches.Messages(1, 1, 3, BodyBytes));

            disk.Fail(times: 1);
            var first = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batches.Messages(1, 4, 1, BodyBytes)));
            var second = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batches.Messages(1, 5, 1, BodyBytes)));

            Assert.IsNotType<StoreFullException>(first);
            Assert.Contains("disk I/O error", first.Message, StringComparison.Ordinal);
            Assert.Same(first, second);
            Assert.NotNull((await store.ReadAsync([1], TestContext.Current.CancellationToken))[0]);
        }

        // What was acknowledged is there. The one whose flush failed may be, too: nobody knows what the disk has of it.
        var found = (await folder.ReadAsync()).Messages.Select(message => message.Id).ToList();
        Assert.Equal([1, 2, 3], found.Take(3));
        Assert.DoesNotContain(5, found);
    }

    [Fact]
    public async Task A_checkpoint_whose_flush_failed_ends_all_acknowledging_too()
    {
        using var folder = new StoreFolder();
        var disk = new FailingFlush();
        FileLayer.Watch(folder.Path, disk);
        await using (var store = new SqliteMessageStore(folder.Options with { FileLayer = FileLayer.Name, CheckpointPages = 1 }))
        {
            store.Load();
            await store.CommitAsync(Batches.Queue(1));

            // On the store's thread after the commit's own flush: the next one is the checkpoint's.
            await store.CommitAsync(Batches.Messages(1, 1, 3, BodyBytes), () => disk.Fail(times: 1));

            await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batches.Messages(1, 4, 1, BodyBytes)));
        }

        Assert.Equal([1, 2, 3], (await folder.ReadAsync()).Messages.Select(message => message.Id));
    }

    [Fact]
    public async Task A_full_disk_refuses_a_batch_whole_and_takes_the_same_one_when_there_is_room_again()
    {
        using var disk = new SmallDisk(megabytes: 4);
        var model = new StoreModel();
        await using (var store = new SqliteMessageStore(new SqliteStoreOptions { File = disk.File, DiskFreeLimit = 0, IdleDelay = TimeSpan.Zero }))
        {
            store.Load();
            await CommitAsync(store, model, Batches.Queue(1));
            disk.Fill(leaving: 1 << 20);

            var (refused, next) = (default(StoreBatch), 1);
            while (refused is null)
            {
                var batch = Batches.Messages(1, next, 20, BodyBytes);
                try
                {
                    await CommitAsync(store, model, batch);
                    next += 20;
                }
                catch (StoreFullException)
                {
                    refused = batch;
                }
            }

            await Assert.ThrowsAsync<StoreFullException>(() => store.CommitAsync(refused));
            Assert.True(next > 20, "Nothing was taken at all.");
            Assert.NotNull((await store.ReadAsync([1], TestContext.Current.CancellationToken))[0]);

            disk.Clear();
            await CommitAsync(store, model, refused);
            await CommitAsync(store, model, Batches.Removal(1, 5));
        }

        await using var again = new SqliteMessageStore(new SqliteStoreOptions { File = disk.File });
        Assert.Equal(model.ToString(), (await StoreModel.ReadAsync(again, TestContext.Current.CancellationToken)).ToString());
    }

    [Fact]
    public async Task Below_the_limit_of_free_room_messages_are_refused_and_removing_goes_on_until_there_is_room_in_the_file()
    {
        using var disk = new SmallDisk(megabytes: 16);
        await using var store = new SqliteMessageStore(new SqliteStoreOptions { File = disk.File, DiskFreeLimit = 4 << 20 });
        store.Load();
        await store.CommitAsync(Batches.Queue(1));
        await store.CommitAsync(Batches.Messages(1, 1, 1000, BodyBytes));
        disk.Fill(leaving: 2 << 20);

        var error = await Assert.ThrowsAsync<StoreFullException>(() => store.CommitAsync(Batches.Messages(1, 1001, 1, BodyBytes)));
        Assert.Contains("disk_free_limit is 4194304", error.Message, StringComparison.Ordinal);

        await store.CommitAsync(Batches.Removal(1, 1000));
        await store.CommitAsync(Batches.Messages(1, 1001, 1, BodyBytes));
    }

    private static async Task CommitAsync(SqliteMessageStore store, StoreModel model, StoreBatch batch)
    {
        await store.CommitAsync(batch);
        model.Apply(batch);
    }
}
