using System.Globalization;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Events;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Tests.History;

/// <summary>What the history lets go of.</summary>
public sealed class RetentionTests
{
    [Fact]
    public async Task It_stays_as_small_as_it_is_to_be_over_ten_times_that_volume_while_somebody_reads()
    {
        const int Tasks = 250, Errors = 4_000;
        var most = 16L * 1024 * 1024;
        using var history = new KeptHistory(new HistoryOptions { MaxSizeBytes = most });
        var error = new string('e', Errors);
        var (number, largest, written) = (1L, 0L, 0L);
        while (written < 10 * most)
        {
            var events = Enumerable.Range(0, Tasks)
                .Select(i => KeptHistory.Ended((number + i).ToString("D9", CultureInfo.InvariantCulture), number + i, "permanent", error: error)).ToList();
            history.Write(KeptHistory.Batch(number, events));
            await history.Store.Reader.FindAsync(new HistoryQuery { Error = "nowhere" }, TestContext.Current.CancellationToken);
            (number, written, largest) = (number + Tasks, written + (Tasks * Errors), Math.Max(largest, history.Bytes));
        }

        Assert.True(largest < most * 1.1, $"expected less than {most * 1.1}, found {largest}");
        var kept = await history.AllAsync(new HistoryQuery { Limit = 500 });
        Assert.InRange(kept.Count, 500, number);
        Assert.Equal((number - 1).ToString("D9", CultureInfo.InvariantCulture), kept[0].Id);
        Assert.Equal(kept.Count, history.Number("SELECT count(DISTINCT task) FROM events"));
    }

    [Fact]
    public async Task Tasks_go_when_they_are_too_old_and_counts_become_those_of_hours()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch + TimeSpan.FromDays(20_000));
        using var history = new KeptHistory(new HistoryOptions { Keep = TimeSpan.FromDays(5) }, time);
        var start = time.GetUtcNow();
        for (var hour = 0; hour < 24 * 8; hour += 4)
        {
            var at = time.GetUtcNow().ToUnixTimeMilliseconds();
            history.Write(KeptHistory.Batch(
                hour + 1,
                KeptHistory.Ended($"t{hour.ToString(CultureInfo.InvariantCulture)}", at),
                new TaskEvent(TaskEventKinds.Counts, at) { Type = "resize", Counts = new Dictionary<string, long> { ["success"] = 3 }, Run = new Dictionary<int, long> { [10] = 2, [20] = 1 } },
                new TaskEvent(TaskEventKinds.Counts, at + 60_000) { Type = "resize", Counts = new Dictionary<string, long> { ["success"] = 4, ["crash"] = 1 } }));
            time.Advance(TimeSpan.FromHours(4));
        }

        history.Write();

        var oldest = (time.GetUtcNow() - TimeSpan.FromDays(5)).ToUnixTimeMilliseconds();
        Assert.All(await history.AllAsync(new HistoryQuery()), task => Assert.True(task.At >= oldest));
        Assert.Equal(30, (await history.AllAsync(new HistoryQuery())).Count);
        Assert.InRange(history.Number("SELECT count(*) FROM counts WHERE span = 60"), 1, 8 * 13);
        var points = await history.Store.Reader.CountsAsync(new CountQuery(start.ToUnixTimeSeconds(), time.GetUtcNow().ToUnixTimeSeconds(), 86_400), TestContext.Current.CancellationToken);
        Assert.Equal(48 * 7, points.Sum(point => point.Counts["success"]));
        Assert.Equal(48, points.Sum(point => point.Counts["crash"]));
        Assert.Equal(48 * 3, points.Sum(point => point.Run.Sum()));
        Assert.Equal(TimeBuckets.UpperBound(10), CountPoint.Quantile(points[0].Run, 0.5));
        Assert.Equal(TimeBuckets.UpperBound(20), CountPoint.Quantile(points[0].Run, 0.99));
    }

    [Fact]
    public async Task What_is_lacking_is_told_with_its_time()
    {
        using var history = new KeptHistory();
        history.Write(
            KeptHistory.Batch(5, KeptHistory.Started("a", 10_000)) with { Share = 0.25 },
            KeptHistory.Batch(9, KeptHistory.Started("b", 20_000)) with { Lost = 3, Share = 0.5 },
            KeptHistory.Batch("s2", 1, KeptHistory.Started("c", 30_000)) with { Started = 29_000, QuietSince = 25_000 });

        var all = await history.Store.Reader.CoverageAsync(0, 40_000, TestContext.Current.CancellationToken);
        Assert.Equal(0.25, all.Share);
        Assert.Equal(
            [(GapReasons.Unheard, null), (GapReasons.Silent, null), (GapReasons.NoRoom, 3L), (GapReasons.Missing, (long?)4)],
            all.Gaps.OrderByDescending(gap => gap.Until).ThenBy(gap => gap.Reason == GapReasons.Unheard ? 0 : 1).Select(gap => (gap.Reason, gap.Count)));
        Assert.Equal(1, (await history.Store.Reader.CoverageAsync(30_002, 40_000, TestContext.Current.CancellationToken)).Share);

        // The first service was not killed after all.
        history.Write(KeptHistory.Batch(10, KeptHistory.Started("d", 31_000)));
        Assert.Equal(0, history.Number($"SELECT count(*) FROM gaps WHERE reason = '{GapReasons.Silent}'"));
    }
}
