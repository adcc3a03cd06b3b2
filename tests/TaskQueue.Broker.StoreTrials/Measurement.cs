using System.Diagnostics;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.StoreTrials;

/// <summary>How fast a store takes, gives up and finds messages on this disk.</summary>
internal static class Measurement
{
    private const int BodyBytes = 300, RemovedAtOnce = 1000;

    private static readonly TimeSpan Enough = TimeSpan.FromSeconds(3);

    public static async Task RunAsync(string folder, int messages)
    {
        Directory.CreateDirectory(folder);
        var options = new SqliteStoreOptions { File = UntilKilled.FileIn(folder) };
        await using (var store = new SqliteMessageStore(options))
        {
            var first = store.Load().LastId + 1;
            await DeclareAsync(store);
            foreach (var size in (int[])[1, 10, 100, 1000])
            {
                var (next, seconds) = await AddAsync(store, first, size, limit: int.MaxValue);
                var (added, slowest) = ((next - first), seconds.Max());
                Console.WriteLine($"batches of {size}: {added / seconds.Sum():F0} messages/s, slowest commit {slowest * 1000:F0} ms");
                var gone = await RemoveAsync(store, first, next, size);
                Console.WriteLine($"  removed: {added / gone:F0} messages/s");
                first = next;
            }

            var (end, time) = await AddAsync(store, first, 1000, messages);
            Console.WriteLine($"{end - first} messages in {time.Sum():F1} s, slowest commit {time.Max() * 1000:F0} ms; {Size(options.File)}");
            var watch = Stopwatch.StartNew();
            await store.BackupAsync(options.File + ".backup", CancellationToken.None);
            Console.WriteLine($"backup: {watch.Elapsed.TotalSeconds:F1} s; {Size(options.File)}");
        }

        File.Delete(options.File + ".backup");
        Console.WriteLine($"closed: {Size(options.File)}");
    }

    public static async Task LoadAsync(string folder)
    {
        var options = new SqliteStoreOptions { File = UntilKilled.FileIn(folder) };
        var (before, watch) = (Pss(), Stopwatch.StartNew());
        await using var store = new SqliteMessageStore(options);
        var state = store.Load();
        var opened = watch.Elapsed;
        var (count, first, last) = (0, 0L, 0L);
        foreach (var entry in state.Messages)
        {
            first = count++ == 0 ? entry.Id : first;
            last = entry.Id;
        }

        Console.WriteLine($"{count} entries in {watch.Elapsed.TotalSeconds:F2} s (opened in {opened.TotalSeconds:F2} s), {before} -> {Pss()}");
        watch.Restart();
        var ids = Enumerable.Range(0, 10_000).Select(index => first + index).ToArray();
        await store.ReadAsync(ids, CancellationToken.None);
        Console.WriteLine($"10,000 contents read in {watch.Elapsed.TotalSeconds:F2} s");
        watch.Restart();
        await RemoveAsync(store, first, last + 1, RemovedAtOnce);
        Console.WriteLine($"all removed in {watch.Elapsed.TotalSeconds:F1} s, {Pss()}; {Size(options.File)}");
        var deadline = Stopwatch.StartNew();
        while (new FileInfo(options.File).Length > 40 << 20 && deadline.Elapsed < TimeSpan.FromMinutes(1))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }

        Console.WriteLine($"given back after {deadline.Elapsed.TotalSeconds:F1} s; {Size(options.File)}");
    }

    private static Task DeclareAsync(SqliteMessageStore store)
    {
        var batch = new StoreBatch();
        batch.Topology.Add(new TopologyChange.ExchangeDeclared("measured", "direct", false, false, default));
        batch.Topology.Add(new TopologyChange.QueueDeclared(1, "measured", false, default));
        return store.CommitAsync(batch);
    }

    private static async Task<(long Next, List<double> Seconds)> AddAsync(SqliteMessageStore store, long first, int batchSize, int limit)
    {
        var content = new StoredContent("", "worker_resize", new byte[60], new byte[BodyBytes]);
        Random.Shared.NextBytes(System.Runtime.InteropServices.MemoryMarshal.AsMemory(content.Body).Span);
        var (next, seconds, total) = (first, new List<double>(), Stopwatch.StartNew());
        while (limit == int.MaxValue ? total.Elapsed < Enough : next - first < limit)
        {
            var batch = new StoreBatch();
            for (var index = 0; index < batchSize; index++)
            {
                batch.Added.Add(new StoredMessage(new StoredEntry(next++, 1, BodyBytes + 60, 0, null, 0, false), content));
            }

            var start = Stopwatch.GetTimestamp();
            await store.CommitAsync(batch);
            seconds.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return (next, seconds);
    }

    private static async Task<double> RemoveAsync(SqliteMessageStore store, long from, long to, int batchSize)
    {
        var watch = Stopwatch.StartNew();
        while (from < to)
        {
            var batch = new StoreBatch();
            for (var index = 0; index < batchSize && from < to; index++)
            {
                batch.Removed.Add(from++);
            }

            await store.CommitAsync(batch);
        }

        return watch.Elapsed.TotalSeconds;
    }

    private static string Size(string file) => $"file {new FileInfo(file).Length >> 20} MiB, log {(File.Exists(file + "-wal") ? new FileInfo(file + "-wal").Length >> 20 : 0)} MiB";

    private static string Pss()
    {
        var line = File.ReadLines("/proc/self/smaps_rollup").First(line => line.StartsWith("Pss:", StringComparison.Ordinal));
        return $"PSS {int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], System.Globalization.CultureInfo.InvariantCulture) / 1024} MiB";
    }
}
