using TaskQueue.Broker.Storage.Sqlite;
using TaskQueue.Broker.StoreTrials;
using TaskQueue.Broker.StoreTrials.Faults;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class PowerFailureTests(ITestOutputHelper output)
{
    private const int Failures = 500, Runs = 10, FailuresInRun = Failures / Runs;

    [Fact]
    public async Task What_was_acknowledged_is_there_whatever_part_of_unflushed_writes_a_power_failure_keeps()
    {
        var (lost, kept) = (0, 0);
        for (var run = 1; run <= Runs; run++)
        {
            foreach (var (files, models) in await FailuresOfAsync(run))
            {
                using var folder = new StoreFolder(isInMemory: true);
                foreach (var (name, content) in files)
                {
                    await File.WriteAllBytesAsync(Path.Combine(folder.Path, name), content, TestContext.Current.CancellationToken);
                }

                var found = (await folder.ReadAsync()).ToString();
                Assert.True(models.Contains(found), $"Run {run}: the store has neither what was acknowledged nor one batch more:\n{found}\n-- expected --\n{string.Join("\n-- or --\n", models)}");
                lost += found == models[0] ? 1 : 0;
                kept += found == models[^1] ? 1 : 0;
            }
        }

        output.WriteLine($"{Failures} failures: {lost} without the batch that was being written, {kept} with it");
    }

    /// <summary>Writes, and lets the power fail at random operations on files: what would be found then, and what may be in it.</summary>
    private static async Task<List<(Dictionary<string, byte[]> Files, string[] Models)>> FailuresOfAsync(int seed)
    {
        using var folder = new StoreFolder();
        var random = new Random(seed);
        var disk = new PowerFailure(random);
        FileLayer.Watch(folder.Path, disk);
        var failures = new List<(Dictionary<string, byte[]>, string[])>();
        var (acknowledged, writing, countdown) = ("", "", random.Next(60));
        await using var store = new SqliteMessageStore(UntilKilled.Options(folder.Path, seed));
        var model = await StoreModel.ReadAsync(store, TestContext.Current.CancellationToken);
        acknowledged = writing = model.ToString();
        disk.Begin(Directory.GetFiles(folder.Path).Where(file => !file.EndsWith("-shm", StringComparison.Ordinal)), () =>
        {
            if (failures.Count < FailuresInRun && --countdown < 0)
            {
                countdown = random.Next(60);
                failures.Add((disk.Cut().ToDictionary(file => Path.GetFileName(file.Key), file => file.Value), [acknowledged, writing]));
            }
        });
        foreach (var batch in UntilKilled.Batches(model, seed).TakeWhile(_ => failures.Count < FailuresInRun))
        {
            writing = model.ToString();

            // On the store's thread: what follows on it knows that this batch was acknowledged.
            await store.CommitAsync(batch, () => acknowledged = writing);
        }

        return failures;
    }
}
