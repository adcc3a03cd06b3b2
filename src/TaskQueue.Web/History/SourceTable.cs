using Microsoft.Data.Sqlite;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>Which events of each service have come, which are missing, and what share of its tasks it tells of.</summary>
/// <param name="connection">Where that is.</param>
internal sealed class SourceTable(SqliteConnection connection) : IDisposable
{
    // From one message to the next of a service that has nothing to tell, and a little more.
    private const long LongestSilence = 90_000;

    private readonly PreparedCommand _find = new(connection, "SELECT id, next, sent FROM sources WHERE source = $0", 1);

    private readonly PreparedCommand _add = new(
        connection, "INSERT INTO sources (source, service, host, pid, next, sent, has_ended) VALUES ($0, $1, $2, $3, 1, $4, 0) RETURNING id", 5);

    private readonly PreparedCommand _change = new(connection, "UPDATE sources SET next = $1, sent = $2, has_ended = has_ended OR $3 WHERE id = $0", 4);

    private readonly PreparedCommand _addGap = new(connection, "INSERT INTO gaps (source, reason, first, last, count, since, until) VALUES ($0, $1, $2, $3, $4, $5, $6)", 7);

    private readonly PreparedCommand _hasGap = new(connection, "SELECT 1 FROM gaps WHERE source = $0 AND reason = $1 AND since = $2", 3);

    private readonly PreparedCommand _findGaps = new(
        connection, "SELECT id, reason, first, last, since, until FROM gaps WHERE source = $0 AND first IS NOT NULL AND first <= $2 AND last >= $1 ORDER BY first", 3);

    private readonly PreparedCommand _dropGap = new(connection, "DELETE FROM gaps WHERE id = $0", 1);

    private readonly PreparedCommand _silence = new(
        connection,
        $"""
        INSERT INTO gaps (source, reason, since, until)
        SELECT id, '{GapReasons.Silent}', sent, max(sent, $3) FROM sources
        WHERE service = $0 AND host = $1 AND id != $2 AND NOT has_ended AND NOT EXISTS (SELECT 1 FROM gaps WHERE gaps.source = sources.id AND reason = '{GapReasons.Silent}')
        """,
        4);

    private readonly PreparedCommand _speak = new(connection, $"DELETE FROM gaps WHERE source = $0 AND reason = '{GapReasons.Silent}'", 1);
    private readonly PreparedCommand _lastShare = new(connection, "SELECT id, share, until FROM shares WHERE source = $0 ORDER BY id DESC LIMIT 1", 1);
    private readonly PreparedCommand _addShare = new(connection, "INSERT INTO shares (source, share, since, until) VALUES ($0, $1, $2, $3)", 4);
    private readonly PreparedCommand _growShare = new(connection, "UPDATE shares SET until = $1 WHERE id = $0", 2);

    /// <summary>Takes note of a batch.</summary>
    /// <param name="batch">The batch.</param>
    /// <returns>The number of its source, and which of its events have not come before.</returns>
    public (long Source, IReadOnlyList<(long First, long Last)> New) Take(EventBatch batch)
    {
        var (source, next, sent) = Find(batch);
        if (batch.QuietSince is { } quiet && _hasGap.Number(source, GapReasons.Unheard, quiet) is null)
        {
            _addGap.Run(source, GapReasons.Unheard, null, null, null, quiet, Math.Max(quiet, batch.Sent));
        }

        var (end, come) = (batch.First + batch.Events.Count, new List<(long First, long Last)>());
        if (batch.First < next)
        {
            TakeMissing(source, batch.First, Math.Min(end, next) - 1, come);
        }

        if (batch.First > next)
        {
            var missing = batch.First - next;
            _addGap.Run(source, batch.Lost >= missing ? GapReasons.NoRoom : GapReasons.Missing, next, batch.First - 1, missing, sent, Math.Max(sent, batch.Sent));
        }

        var first = Math.Max(next, batch.First);
        if (end > first)
        {
            come.Add((first, end - 1));
        }

        NoteShare(source, batch, sent);
        _change.Run(source, Math.Max(next, end), Math.Max(sent, batch.Sent), batch.Ends ? 1 : 0);
        return (source, come);
    }

    public void Dispose()
    {
        foreach (var command in (PreparedCommand[])[_find, _add, _change, _addGap, _hasGap, _findGaps, _dropGap, _silence, _speak, _lastShare, _addShare, _growShare])
        {
            command.Dispose();
        }
    }

    private (long Id, long Next, long Sent) Find(EventBatch batch)
    {
        using (var rows = _find.Rows(batch.Source))
        {
            if (rows.Read())
            {
                var known = (rows.GetInt64(0), rows.GetInt64(1), rows.GetInt64(2));
                rows.Close();
                _speak.Run(known.Item1);
                return known;
            }
        }

        // Another run of the service: the one before it ends without a word when it was killed, and what it had not sent is lost.
        var id = _add.Number(batch.Source, batch.Service, batch.Host, batch.Pid, batch.Started)!.Value;
        _silence.Run(batch.Service, batch.Host, id, batch.Started);
        return (id, 1, batch.Started);
    }

    /// <summary>Some that were missing have come after all, for batches may overtake one another.</summary>
    private void TakeMissing(long source, long first, long last, List<(long First, long Last)> come)
    {
        var gaps = new List<(long Id, string Reason, long First, long Last, long Since, long Until)>();
        using (var rows = _findGaps.Rows(source, first, last))
        {
            while (rows.Read())
            {
                gaps.Add((rows.GetInt64(0), rows.GetString(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetInt64(5)));
            }
        }

        foreach (var gap in gaps)
        {
            var (from, to) = (Math.Max(first, gap.First), Math.Min(last, gap.Last));
            come.Add((from, to));
            _dropGap.Run(gap.Id);
            foreach (var (left, right) in (ReadOnlySpan<(long, long)>)[(gap.First, from - 1), (to + 1, gap.Last)])
            {
                if (left <= right)
                {
                    _addGap.Run(source, gap.Reason, left, right, right - left + 1, gap.Since, gap.Until);
                }
            }
        }
    }

    private void NoteShare(long source, EventBatch batch, long sent)
    {
        if (batch.Share >= 1 || batch.Sent <= sent)
        {
            return;
        }

        using (var rows = _lastShare.Rows(source))
        {
            if (rows.Read() && rows.GetDouble(1) == batch.Share && rows.GetInt64(2) >= sent)
            {
                var id = rows.GetInt64(0);
                rows.Close();
                _growShare.Run(id, batch.Sent);
                return;
            }
        }

        _addShare.Run(source, batch.Share, Math.Max(sent, batch.Sent - LongestSilence), batch.Sent);
    }
}
