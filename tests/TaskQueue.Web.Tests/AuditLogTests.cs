using System.Diagnostics;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using TaskQueue.Testing;
using TaskQueue.Web.Audit;

namespace TaskQueue.Web.Tests;

public sealed class AuditLogTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-audit-");

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_fails_is_written_down_too_and_fails_all_the_same()
    {
        await using var log = AuditLog.Open(_folder.FullName, TimeProvider.System, NullLogger.Instance);

        await Assert.ThrowsAsync<TimeoutException>(() => log.DoAsync<int>(Entry("pause"), () => throw new TimeoutException("nobody answers")));

        var entry = Assert.Single(await log.FindAsync(new AuditQuery(), limit: 10, TestEnds));
        Assert.Equal(("pause", AuditOutcomes.Failed, "nobody answers"), (entry.Action, entry.Outcome, entry.Items.Single().Text));
    }

    [Fact]
    public async Task An_action_does_not_wait_for_a_log_that_cannot_be_written_and_the_service_says_so()
    {
        var logger = new ListLogger();
        await using var log = AuditLog.Open(_folder.FullName, TimeProvider.System, logger);
        using var other = new SqliteConnection($"Data Source={Path.Combine(_folder.FullName, "web.db")};Pooling=False");
        other.Open();
        using (var transaction = other.BeginTransaction())
        {
            var began = Stopwatch.GetTimestamp();
            Assert.Equal((7, null), await log.DoAsync(Entry("reload"), () => Task.FromResult((7, Entry("reload")))));
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(5), $"{Stopwatch.GetElapsedTime(began)}");
            await Eventually.TrueAsync(() => logger.Of(7423).Count > 0, () => $"a line of the log; there is {logger}");
        }

        Assert.NotNull(await log.NoteAsync(Entry("again")));
    }

    [Fact]
    public async Task Entries_are_kept_for_a_year_and_their_texts_are_bounded()
    {
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch.AddYears(50));
        await using (var log = AuditLog.Open(_folder.FullName, time, NullLogger.Instance))
        {
            await log.NoteAsync(Entry("old") with { Target = new string('x', 100_000), Items = [.. Enumerable.Range(0, 1000).Select(i => new AuditItem($"{i}", IsDone: true, new string('y', 100_000)))] });
            var entry = Assert.Single(await log.FindAsync(new AuditQuery(), limit: 10, TestEnds));
            Assert.Equal((1000, 100, 1000), (entry.Target.Length, entry.Items.Count, entry.Items[0].Text.Length));
        }

        time.Advance(TimeSpan.FromDays(366));
        await using var later = AuditLog.Open(_folder.FullName, time, NullLogger.Instance);
        var number = await later.NoteAsync(Entry("new"));

        Assert.Equal(["new"], (await later.FindAsync(new AuditQuery(), limit: 10, TestEnds)).Select(entry => entry.Action));
        Assert.Equal(2, number);
    }

    public void Dispose() => _folder.Delete(recursive: true);

    private static AuditEntry Entry(string action) => new("somebody", "127.0.0.1", action, "target", AuditOutcomes.Done);
}
