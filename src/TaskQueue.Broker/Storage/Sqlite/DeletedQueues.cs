using System.Diagnostics;
using Microsoft.Data.Sqlite;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>Sweeps up the messages of deleted queues, however many they are, without making anybody wait.</summary>
/// <remarks>
/// A deleted queue is marked, and its messages are passed over by a start. A sweep reads what is known of all messages once, for all
/// queues that are marked by then, and unmarks them at its end; it takes at most a twentieth of the time, so that who deletes a queue
/// every second does not keep the disk busy.
/// </remarks>
internal sealed class DeletedQueues(SqliteConnection connection) : IUpkeep, IDisposable
{
    private const int RowsAtOnce = 2000;

    // A large content is a chain of pages, each of which is read to be freed.
    private const long BytesAtOnce = 4 << 20;

    private const int RestFactor = 20;

    // While others write, at most this often.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Statement _marked = new(connection, "SELECT number FROM queue WHERE deleted");
    private readonly Statement _unmark = new(connection, "DELETE FROM queue WHERE number = ?1");
    private readonly Statement _messages = new(connection, $"SELECT id, queue, bytes FROM message WHERE id > ?1 ORDER BY id LIMIT {RowsAtOnce}");
    private readonly MessageRemoval _removal = new(connection);
    private readonly Transaction _transaction = new(connection);

    private readonly HashSet<int> _queues = [];
    private bool _isDue = true;
    private long _position;
    private long _lastStep;
    private TimeSpan _work, _rest;

    /// <summary>A queue was marked.</summary>
    public void Announce() => _isDue = true;

    public TimeSpan Step(bool isIdle)
    {
        if (_queues.Count == 0 && !_isDue)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var wait = (_queues.Count == 0 ? _rest : isIdle ? TimeSpan.Zero : Pause) - Stopwatch.GetElapsedTime(_lastStep);
        if (wait > TimeSpan.Zero)
        {
            return wait;
        }

        var start = Stopwatch.GetTimestamp();
        if (_queues.Count == 0)
        {
            Begin();
        }

        if (_queues.Count > 0)
        {
            Sweep();
        }

        _lastStep = Stopwatch.GetTimestamp();
        _work += Stopwatch.GetElapsedTime(start, _lastStep);
        _rest = _work * RestFactor;
        return _queues.Count > 0 ? TimeSpan.Zero : _isDue ? _rest : Timeout.InfiniteTimeSpan;
    }

    public void Dispose()
    {
        _marked.Dispose();
        _unmark.Dispose();
        _messages.Dispose();
        _removal.Dispose();
        _transaction.Dispose();
    }

    private void Begin()
    {
        _isDue = false;
        _position = 0;
        _work = TimeSpan.Zero;
        while (_marked.Step())
        {
            _queues.Add((int)_marked.Number(0));
        }
    }

    private void Sweep()
    {
        var found = new List<long>();
        var (rows, bytes, position) = (0, 0L, _position);
        _messages.Bind(1, position);
        while (bytes < BytesAtOnce && _messages.Step())
        {
            rows++;
            position = _messages.Number(0);
            if (_queues.Contains((int)_messages.Number(1)))
            {
                found.Add(position);
                bytes += _messages.Number(2);
            }
        }

        _messages.Reset();
        var isEnd = rows < RowsAtOnce && bytes < BytesAtOnce;
        if (found.Count > 0 || isEnd)
        {
            _transaction.Run(() =>
            {
                _removal.Run(found);
                foreach (var queue in isEnd ? _queues : [])
                {
                    _unmark.Bind(1, queue).Run();
                }
            });
        }

        _position = position;
        if (isEnd)
        {
            _queues.Clear();
        }
    }
}
