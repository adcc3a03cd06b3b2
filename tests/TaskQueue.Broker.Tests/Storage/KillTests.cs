using System.Diagnostics;
using System.Globalization;
using TaskQueue.Broker.StoreTrials;
using TaskQueue.Broker.StoreTrials.Model;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class KillTests(ITestOutputHelper output)
{
    // Each is a process of its own.
    private const int UsualKills = 40;

    private const int MaxSteps = 600;

    internal static readonly string Writer = Path.Combine(
        AppContext.BaseDirectory, "..", "..", "TaskQueue.Broker.StoreTrials", Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), "TaskQueue.Broker.StoreTrials");

    /// <summary>TASKQUEUE_STORE_KILLS=1000 kills more often; TASKQUEUE_STORE_SEED=n begins elsewhere.</summary>
    [Fact]
    public async Task What_was_acknowledged_is_there_after_kill_9_at_any_point_of_commits_and_checkpoints()
    {
        using var folder = new StoreFolder();
        var seed = Number("TASKQUEUE_STORE_SEED", 1);
        var kills = Number("TASKQUEUE_STORE_KILLS", UsualKills);
        var model = new StoreModel();
        var (committed, unacknowledged) = (0, 0);
        for (var round = seed; round < seed + kills; round++)
        {
            var expected = model.Clone();
            var acknowledged = await KilledAsync(folder.Path, round, expected);

            // One more may be on the disk, whose acknowledgement did not come through; whole or not at all.
            var found = await folder.ReadAsync();
            var batches = UntilKilled.Batches(expected, round).GetEnumerator();
            for (var batch = 0; batch < acknowledged; batch++)
            {
                batches.MoveNext();
            }

            committed += acknowledged;
            if (expected.ToString() != found.ToString())
            {
                batches.MoveNext();
                unacknowledged++;
                Assert.True(expected.ToString() == found.ToString(), $"Round {round}: after {acknowledged} acknowledged batches the store has neither them nor one more:\n{found}\n-- expected --\n{expected}");
            }

            model = found;
        }

        output.WriteLine($"{kills} kills, {committed} batches acknowledged, {unacknowledged} more were there");
        Assert.True(committed > kills, "The writers were killed before they wrote.");
    }

    private static async Task<int> KilledAsync(string folder, int round, StoreModel model)
    {
        var random = new Random(round);

        // Every fourth is killed from outside, at any moment; the others by themselves, before or after one of the operations on files.
        var isFromOutside = round % 4 == 0;
        var steps = isFromOutside ? -1 : random.Next(MaxSteps);
        var start = new ProcessStartInfo(Writer, ["write", folder, Text(round), Text(steps)]) { RedirectStandardOutput = true, UseShellExecute = false };
        using var writer = Process.Start(start)!;
        var stream = writer.StandardOutput.BaseStream;
        var numbers = new byte[UntilKilled.StartBytes];
        if (await stream.ReadAtLeastAsync(numbers, numbers.Length, throwOnEndOfStream: false, TestContext.Current.CancellationToken) == numbers.Length)
        {
            UntilKilled.ReadStart(model, numbers);
        }

        var acknowledged = 0;
        var bytes = new byte[1];
        while (await stream.ReadAsync(bytes, TestContext.Current.CancellationToken) > 0)
        {
            acknowledged++;
            if (isFromOutside && acknowledged == 1 + (round % 50))
            {
                await Task.Delay(TimeSpan.FromMicroseconds(random.Next(5000)), TimeProvider.System, TestContext.Current.CancellationToken);
                writer.Kill();
            }
        }

        await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(128 + 9, writer.ExitCode);
        return acknowledged;
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static int Number(string variable, int usual) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : usual;
}
