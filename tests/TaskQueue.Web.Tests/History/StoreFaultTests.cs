using TaskQueue.Configuration;
using TaskQueue.Web.History;

namespace TaskQueue.Web.Tests.History;

/// <summary>A database that is locked, gone or damaged.</summary>
public sealed class StoreFaultTests
{
    [Fact]
    public void One_that_is_locked_is_written_when_it_is_not_any_more()
    {
        using var history = new KeptHistory();
        using (var other = history.Connect())
        {
            Run(other, "BEGIN IMMEDIATE");
            Assert.Null(history.Store.TryWrite([KeptHistory.Batch(1, KeptHistory.Started("a", 1))]));
            Assert.Contains("locked", history.Store.Trouble, StringComparison.Ordinal);
            Run(other, "ROLLBACK");
        }

        history.Write(KeptHistory.Batch(1, KeptHistory.Started("a", 1)));
        Assert.Null(history.Store.Trouble);
        Assert.Equal(1, history.Number("SELECT count(*) FROM events"));
    }

    [Fact]
    public async Task One_that_is_gone_is_made_anew_and_that_is_a_gap()
    {
        using var history = new KeptHistory();
        history.Write(KeptHistory.Batch(1, KeptHistory.Started("a", 1)));
        foreach (var suffix in (string[])["", "-wal", "-shm"])
        {
            File.Delete(history.Path + suffix);
        }

        history.Write(KeptHistory.Batch(2, KeptHistory.Started("b", 2)));

        Assert.Equal(["b"], (await history.AllAsync(new HistoryQuery())).Select(task => task.Id));
        Assert.Equal(1, history.Number($"SELECT count(*) FROM gaps WHERE reason = '{GapReasons.Database}'"));
    }

    [Fact]
    public async Task One_that_is_damaged_is_set_aside_and_that_is_a_gap()
    {
        using var history = new KeptHistory();
        history.Write(KeptHistory.Batch(1, KeptHistory.Started("a", 1)));
        history.Store.Dispose();
        File.WriteAllText(history.Path, new string('x', 100_000));

        history.Reopen();
        history.Write(KeptHistory.Batch(2, KeptHistory.Started("b", 2)));

        Assert.Equal(["b"], (await history.AllAsync(new HistoryQuery())).Select(task => task.Id));
        Assert.True(File.Exists(history.Path + ".damaged"));
        Assert.Equal(1, history.Number($"SELECT count(*) FROM gaps WHERE reason = '{GapReasons.Database}'"));
    }

    [Fact]
    public async Task Without_room_nothing_is_kept_until_there_is_some_again()
    {
        using var history = new KeptHistory();
        history.Write(KeptHistory.Batch(1, KeptHistory.Started("a", 1)));
        using (var other = history.Connect())
        {
            // As SQLite does it where the disk is full.
            Run(other, "CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END");
            Assert.Null(history.Store.TryWrite([KeptHistory.Batch(2, KeptHistory.Started("b", 2))]));
            Assert.Contains("full", history.Store.Trouble, StringComparison.Ordinal);
            Assert.Equal(["a"], (await history.AllAsync(new HistoryQuery())).Select(task => task.Id));
            Run(other, "DROP TRIGGER full");
        }

        history.Write(KeptHistory.Batch(2, KeptHistory.Started("b", 2)));
        Assert.Equal(2, history.Number("SELECT count(*) FROM events"));
        Assert.Equal(0, history.Number("SELECT count(*) FROM gaps"));
    }

    [Fact]
    public void One_of_another_program_is_refused()
    {
        using var history = new KeptHistory();
        history.Store.Dispose();
        using (var other = history.Connect())
        {
            Run(other, "PRAGMA user_version = 99");
        }

        Assert.Contains("another version", Assert.Throws<ConfigurationException>(history.Reopen).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_no_batch_is_none()
    {
        Assert.Null(Messaging.Events.EventBatch.Read("{"u8));
        Assert.Null(Messaging.Events.EventBatch.Read("""{"source":"s","first":0,"service":"x","host":"h"}"""u8));
        Assert.Null(Messaging.Events.EventBatch.Read("""{"source":"s","first":1,"service":"x","host":"h","events":[null]}"""u8));
        Assert.NotNull(Messaging.Events.EventBatch.Read("""{"source":"s","first":1,"service":"x","host":"h","unknown":[1],"events":[{"kind":"of later","at":1,"id":"a"}]}"""u8));
    }

    [Fact]
    public async Task An_event_that_cannot_be_kept_costs_no_other()
    {
        using var history = new KeptHistory();
        history.Write(KeptHistory.Batch(
            1, KeptHistory.Started("a\0b", 1), KeptHistory.Started(new string('x', 256), 1), KeptHistory.Started("c", -1), KeptHistory.Started("d", 1) with { Type = "" }, KeptHistory.Started("e", 1), KeptHistory.Started(null!, 1)));

        Assert.Equal(["e"], (await history.AllAsync(new HistoryQuery())).Select(task => task.Id));
        Assert.Equal(7, history.Number("SELECT next FROM sources"));
    }

    private static void Run(Microsoft.Data.Sqlite.SqliteConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }
}
