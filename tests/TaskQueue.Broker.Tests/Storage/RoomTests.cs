using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Model;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class RoomTests : IDisposable
{
    private const int BodyBytes = 1000, BatchSize = 500;

    private readonly StoreFolder _folder = new();

    private long FileBytes => new FileInfo(_folder.File).Length;

    private long LogBytes => new FileInfo(_folder.File + "-wal") is { Exists: true } log ? log.Length : 0;

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Backlogs_that_come_and_go_use_the_same_room_and_give_it_back()
    {
        await using var store = new SqliteMessageStore(_folder.Options with { KeptFreePages = 256, IdleDelay = TimeSpan.FromMilliseconds(100) });
        store.Load();
        await store.CommitAsync(Batches.Queue(1));
        var largest = 0L;
        var next = 1L;
        for (var tide = 0; tide < 4; tide++)
        {
            var first = next;
            for (; next < first + 10_000; next += BatchSize)
            {
                await store.CommitAsync(Batches.Messages(1, next, BatchSize, BodyBytes));
            }

            for (; first < next; first += BatchSize)
            {
                await store.CommitAsync(Batches.Removal(first, BatchSize));
            }

            largest = Math.Max(largest, FileBytes);
        }

        Assert.InRange(largest, 0, 20 << 20);
        await Eventually.TrueAsync(() => FileBytes < 4 << 20, () => $"below 4 MiB; the file has {FileBytes} bytes");
    }

    [Fact]
    public async Task The_log_stays_small_while_a_reader_reads_all_the_time()
    {
        await using var store = new SqliteMessageStore(_folder.Options with { CheckpointPages = 256, WriteAheadLogBytes = 2 << 20 });
        store.Load();
        await store.CommitAsync(Batches.Queue(1));
        await store.CommitAsync(Batches.Messages(1, 1, BatchSize, BodyBytes));
        long[] ids = [.. Enumerable.Range(1, BatchSize)];
        using var enough = new CancellationTokenSource();
        var reading = Task.Run(
            async () =>
            {
                while (!enough.IsCancellationRequested)
                {
                    Assert.DoesNotContain(null, await store.ReadAsync(ids, CancellationToken.None));
                }
            },
            TestContext.Current.CancellationToken);

        var largest = 0L;
        for (var next = 1L + BatchSize; next < 40_000; next += BatchSize)
        {
            await store.CommitAsync(Batches.Messages(1, next, BatchSize, BodyBytes));
            largest = Math.Max(largest, LogBytes);
        }

        await enough.CancelAsync();
        await reading;

        // Four times what a checkpoint waits for without patience, and one batch.
        Assert.InRange(largest, 1, 8 << 20);
    }

    [Fact]
    public async Task A_log_that_one_large_batch_has_made_is_cut_off()
    {
        await using var store = new SqliteMessageStore(_folder.Options with { WriteAheadLogBytes = 4 << 20 });
        store.Load();
        await store.CommitAsync(Batches.Queue(1));
        await store.CommitAsync(Batches.Messages(1, 1, 30_000, BodyBytes));

        await Eventually.TrueAsync(() => LogBytes <= 4 << 20, () => $"at most 4 MiB; the log has {LogBytes} bytes");
    }

    [Fact]
    public async Task The_messages_of_a_deleted_queue_are_gone_at_once_and_swept_up_while_others_write()
    {
        await using (var store = new SqliteMessageStore(_folder.Options with { IdleDelay = TimeSpan.FromHours(1) }))
        {
            store.Load();
            await store.CommitAsync(Batches.Queue(1));
            await store.CommitAsync(Batches.Queue(2));
            await store.CommitAsync(Batches.Messages(1, 1, 20_000, BodyBytes));
            await store.CommitAsync(Batches.QueueDeleted(1));
        }

        var id = 0L;
        await using (var store = _folder.Open())
        {
            var state = store.Load();

            // Not swept up yet, and so its numbers are still in use.
            Assert.Equal(2, state.LastQueue);
            Assert.Equal(20_000, state.LastId);
            Assert.Empty(state.Messages);
            id = state.LastId;
            IReadOnlyList<long> last = [20_000];
            while ((await store.ReadAsync(last, TestContext.Current.CancellationToken))[0] is not null)
            {
                await store.CommitAsync(Batches.Messages(2, ++id, 1, BodyBytes));
            }
        }

        var found = await _folder.ReadAsync();
        Assert.Equal([2], found.Queues);
        Assert.Equal(id - 20_000, found.Messages.Count);
    }

    [Fact]
    public async Task Numbers_of_a_queue_whose_messages_are_swept_up_can_be_used_again()
    {
        await using var store = new SqliteMessageStore(_folder.Options with { IdleDelay = TimeSpan.Zero });
        store.Load();
        await store.CommitAsync(Batches.Queue(1));
        await store.CommitAsync(Batches.Messages(1, 1, 10, BodyBytes));
        await store.CommitAsync(Batches.QueueDeleted(1));
        await Eventually.TrueAsync(
            async () => (await store.ReadAsync([10], TestContext.Current.CancellationToken))[0] is null, () => "swept up");

        await store.CommitAsync(Batches.Queue(1));
        await store.CommitAsync(Batches.Messages(1, 1, 10, BodyBytes));

        Assert.DoesNotContain(null, await store.ReadAsync([1, 10], TestContext.Current.CancellationToken));
    }
}
