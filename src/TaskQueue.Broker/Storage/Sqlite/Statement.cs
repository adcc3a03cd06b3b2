using System.Text;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>A statement that is compiled once and run often, without an object for each value as a <see cref="SqliteCommand"/> makes.</summary>
internal sealed class Statement : IDisposable
{
    private const int ShortText = 256;

    private readonly sqlite3 _connection;
    private readonly sqlite3_stmt _handle;

    /// <summary>Compiles it.</summary>
    /// <exception cref="SqliteException">SQLite does not accept it.</exception>
    public Statement(SqliteConnection connection, string sql)
    {
        _connection = connection.Handle!;
        Check(raw.sqlite3_prepare_v3(_connection, sql, raw.SQLITE_PREPARE_PERSISTENT, out _handle));
    }

    /// <param name="index">From 1.</param>
    public Statement Bind(int index, long value)
    {
        Check(raw.sqlite3_bind_int64(_handle, index, value));
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public Statement Bind(int index, long? value)
    {
        Check(value is { } number ? raw.sqlite3_bind_int64(_handle, index, number) : raw.sqlite3_bind_null(_handle, index));
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public Statement Bind(int index, bool value) => Bind(index, value ? 1L : 0L);

    /// <inheritdoc cref="Bind(int, long)"/>
    public Statement Bind(int index, string value)
    {
        // With its length: a name may have zero bytes in it.
        var size = Encoding.UTF8.GetByteCount(value);
        Span<byte> bytes = size <= ShortText ? stackalloc byte[ShortText] : new byte[size];
        Check(raw.sqlite3_bind_text(_handle, index, bytes[..Encoding.UTF8.GetBytes(value, bytes)]));
        return this;
    }

    /// <inheritdoc cref="Bind(int, long)"/>
    public Statement Bind(int index, ReadOnlySpan<byte> value)
    {
        // The address of nothing would be NULL to SQLite.
        Check(value.IsEmpty ? raw.sqlite3_bind_zeroblob(_handle, index, 0) : raw.sqlite3_bind_blob(_handle, index, value));
        return this;
    }

    /// <summary>Runs to the next row.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="SqliteException">It failed; the statement can be run again.</exception>
    public bool Step()
    {
        var code = raw.sqlite3_step(_handle);
        if (code != raw.SQLITE_ROW)
        {
            Reset();
        }

        Check(code);
        return code == raw.SQLITE_ROW;
    }

    /// <summary>Runs to the end.</summary>
    /// <inheritdoc cref="Step"/>
    public void Run()
    {
        while (Step())
        {
        }
    }

    /// <summary>Runs, and takes a number out of the only row.</summary>
    /// <inheritdoc cref="Step"/>
    public long RunForNumber()
    {
        var number = Step() ? Number(0) : 0;
        Reset();
        return number;
    }

    /// <summary>Ends a run before its last row.</summary>
    public void Reset() => raw.sqlite3_reset(_handle);

    /// <param name="column">From 0.</param>
    public long Number(int column) => raw.sqlite3_column_int64(_handle, column);

    /// <inheritdoc cref="Number"/>
    public bool IsNull(int column) => raw.sqlite3_column_type(_handle, column) == raw.SQLITE_NULL;

    /// <inheritdoc cref="Number"/>
    public string Text(int column) => Encoding.UTF8.GetString(raw.sqlite3_column_blob(_handle, column));

    /// <summary>A copy of the bytes.</summary>
    /// <inheritdoc cref="Number"/>
    public byte[] Bytes(int column) => raw.sqlite3_column_blob(_handle, column).ToArray();

    public void Dispose() => _handle.Dispose();

    private void Check(int code) => SqliteErrors.Check(code, _connection);
}
