using System.Runtime.Versioning;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Faults;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.Tests.Storage;

[SupportedOSPlatform("linux")]
public sealed class BackupTests : IDisposable
{
    private readonly StoreFolder _folder = new();

    private string Backup => Path.Combine(_folder.Path, "backup.db");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_backup_while_messages_come_and_go_is_what_was_committed_at_one_moment()
    {
        // A state after each batch, by its number; a backup has to be one of them.
        var states = new List<string>();
        await using (var store = _folder.Open())
        {
            var model = await StoreModel.ReadAsync(store, TestContext.Current.CancellationToken);
            await CommitAsync(store, model, Batches.Queue(1));
            for (var first = 1; first < 4000; first += 500)
            {
                await CommitAsync(store, model, Batches.Messages(1, first, 500, 3000));
            }

            states.Add(model.ToString());
            var backup = store.BackupAsync(Backup, TestContext.Current.CancellationToken);
            for (var number = 0; !backup.IsCompleted; number++)
            {
                var batch = Batches.Messages(1, model.Next.Id, 5, 3000);
                batch.Removed.AddRange(Batches.Removal(1 + (number * 5), 5).Removed);
                await CommitAsync(store, model, batch);
                states.Add(model.ToString());
            }

            await backup;
        }

        Assert.True(states.Count > 3, $"{states.Count} batches were written meanwhile.");
        await using var restored = new SqliteMessageStore(new SqliteStoreOptions { File = Backup });
        Assert.Contains((await StoreModel.ReadAsync(restored, TestContext.Current.CancellationToken)).ToString(), states);
    }

    [Fact]
    public async Task A_backup_is_one_file_that_only_its_owner_reads()
    {
        await using var store = _folder.Open();
        store.Load();

        await store.BackupAsync(Backup, TestContext.Current.CancellationToken);

        Assert.Equal(["backup.db"], Directory.GetFiles(_folder.Path, "backup*").Select(Path.GetFileName));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Backup));
    }

    [Fact]
    public async Task A_backup_replaces_no_file()
    {
        await using var store = _folder.Open();
        store.Load();
        await File.WriteAllTextAsync(Backup, "precious", TestContext.Current.CancellationToken);

        var error = await Assert.ThrowsAsync<StoreException>(() => store.BackupAsync(Backup, TestContext.Current.CancellationToken));

        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
        Assert.Equal("precious", await File.ReadAllTextAsync(Backup, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_backup_that_cannot_be_written_is_told_and_the_store_goes_on()
    {
        await using var store = _folder.Open();
        store.Load();

        await Assert.ThrowsAsync<StoreException>(() => store.BackupAsync(Path.Combine(_folder.Path, "missing", "backup.db"), TestContext.Current.CancellationToken));

        await store.CommitAsync(Batches.Queue(1));
    }

    [Fact]
    public async Task A_backup_that_nobody_wants_any_more_leaves_nothing_behind()
    {
        await using var store = _folder.Open();
        store.Load();
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => store.BackupAsync(Backup, cancelled.Token));

        Assert.Empty(Directory.GetFiles(_folder.Path, "backup*"));
    }

    [Fact]
    public async Task A_backup_of_a_store_that_failed_ends_with_the_reason()
    {
        var disk = new FailingFlush();
        FileLayer.Watch(_folder.Path, disk);
        await using var store = new SqliteMessageStore(_folder.Options with { FileLayer = FileLayer.Name });
        store.Load();
        disk.Fail(times: 1);
        var failure = await Assert.ThrowsAsync<StoreException>(() => store.CommitAsync(Batches.Queue(1)));

        Assert.Same(failure, await Assert.ThrowsAsync<StoreException>(() => store.BackupAsync(Backup, TestContext.Current.CancellationToken)));
    }

    private static async Task CommitAsync(SqliteMessageStore store, StoreModel model, StoreBatch batch)
    {
        await store.CommitAsync(batch);
        model.Apply(batch);
    }
}
