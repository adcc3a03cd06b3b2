using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.Tests.Storage;

/// <summary>A folder with a store, which is removed at the end.</summary>
internal sealed class StoreFolder : IDisposable
{
    private readonly DirectoryInfo _folder;

    /// <param name="isInMemory">Where nothing is flushed to a disk: for tests that open hundreds of stores, and do not ask what a disk keeps.</param>
    public StoreFolder(bool isInMemory = false)
    {
        var place = isInMemory && Directory.Exists("/dev/shm") ? "/dev/shm" : System.IO.Path.GetTempPath();
        _folder = Directory.CreateDirectory(System.IO.Path.Combine(place, $"taskqueue-store-{Guid.NewGuid():N}"));
    }

    public string Path => _folder.FullName;

    public string File => StoreTrials.UntilKilled.FileIn(Path);

    public SqliteStoreOptions Options => new() { File = File, DiskFreeLimit = 0 };

    public SqliteMessageStore Open() => new(Options);

    /// <summary>All that is in a store that nobody has open.</summary>
    public async Task<StoreModel> ReadAsync()
    {
        await using var store = Open();
        return await StoreModel.ReadAsync(store, TestContext.Current.CancellationToken);
    }

    public void Dispose() => _folder.Delete(recursive: true);
}

/// <summary>Batches that tests write.</summary>
internal static class Batches
{
    public static StoreBatch Queue(int number)
    {
        var batch = new StoreBatch();
        batch.Topology.Add(new TopologyChange.QueueDeclared(number, $"queue {number}", AutoDelete: false, default));
        return batch;
    }

    public static StoreBatch QueueDeleted(int number)
    {
        var batch = new StoreBatch();
        batch.Topology.Add(new TopologyChange.QueueDeleted(number));
        return batch;
    }

    public static StoreBatch Messages(int queue, long first, int count, int bodyBytes)
    {
        var batch = new StoreBatch();
        var content = new StoredContent("", "key", new byte[2], new byte[bodyBytes]);
        for (var id = first; id < first + count; id++)
        {
            batch.Added.Add(new StoredMessage(new StoredEntry(id, queue, bodyBytes + 2, 0, null, 0, false), content));
        }

        return batch;
    }

    public static StoreBatch Removal(long first, int count)
    {
        var batch = new StoreBatch();
        for (var id = first; id < first + count; id++)
        {
            batch.Removed.Add(id);
        }

        return batch;
    }
}
