using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Faults;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.StoreTrials;

/// <summary>Writes what a seed stands for, so that who knows the seed knows what has to be there.</summary>
internal static class UntilKilled
{
    /// <summary>The size of <see cref="Start"/>, bytes.</summary>
    public const int StartBytes = sizeof(int) + sizeof(long);

    /// <summary>The database in a folder.</summary>
    public static string FileIn(string folder) => Path.Combine(folder, "broker.db");

    /// <summary>Tidies up in small portions, often, or always: what takes hours otherwise happens all the time.</summary>
    public static SqliteStoreOptions Options(string folder, int seed) => new()
    {
        File = FileIn(folder),
        CheckpointPages = (seed % 3) switch { 0 => 1, 1 => 16, _ => 200 },
        WriteAheadLogBytes = seed % 5 == 0 ? 0 : 256 << 10,
        KeptFreePages = seed % 2 == 0 ? 0 : 64,
        IdleDelay = seed % 4 == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(1),
        DiskFreeLimit = 0,
        FileLayer = FileLayer.Name,
    };

    /// <summary>The batches of a seed, one after the other, for a store that has what the model has.</summary>
    public static IEnumerable<StoreBatch> Batches(StoreModel model, int seed)
    {
        var random = new Random(seed);
        while (true)
        {
            yield return BatchPlan.Make(model, BatchPlan.Random(random));
        }
    }

    /// <summary>What is written first, so that a reader can make the same batches: the numbers that come next.</summary>
    public static byte[] Start(StoreModel model) => [.. BitConverter.GetBytes(model.Next.Queue), .. BitConverter.GetBytes(model.Next.Id)];

    /// <summary>Takes it up.</summary>
    public static void ReadStart(StoreModel model, ReadOnlySpan<byte> start) => model.Next = (BitConverter.ToInt32(start), BitConverter.ToInt64(start[sizeof(int)..]));

    /// <param name="steps">After how many operations on files the process ends itself; -1 for never.</param>
    public static async Task WriteAsync(string folder, int seed, int steps)
    {
        FileLayer.Watch(folder, new SuddenDeath(steps < 0 ? int.MaxValue : steps));
        await using var store = new SqliteMessageStore(Options(folder, seed));
        var model = await StoreModel.ReadAsync(store, CancellationToken.None);
        await using var output = Console.OpenStandardOutput();
        output.Write(Start(model));
        foreach (var batch in Batches(model, seed))
        {
            await store.CommitAsync(batch, () => output.WriteByte(1));
        }
    }
}
