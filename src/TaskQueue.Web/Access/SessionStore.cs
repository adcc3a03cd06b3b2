using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;

namespace TaskQueue.Web.Access;

/// <summary>The sessions of browsers that have logged in, over restarts: each is of a token, ends twelve hours after its last use, and with its token.</summary>
/// <remarks>What browsers have is random and of 256 bits; only its SHA-256 is kept. May be used from several threads.</remarks>
internal sealed class SessionStore : IDisposable
{
    private const int Most = 10_000;

    private static readonly TimeSpan Unused = TimeSpan.FromHours(12), WriteInterval = TimeSpan.FromMinutes(5), Patience = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, Session> _sessions = new(StringComparer.Ordinal);
    private readonly SqliteConnection _connection;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    // One connection, which one may use at a time.
    private readonly Lock _writing = new();

    private SessionStore(SqliteConnection connection, TimeProvider time, ILogger logger)
    {
        (_connection, _time, _logger) = (connection, time, logger);
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT hash, token, used FROM sessions";
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            var used = DateTimeOffset.FromUnixTimeSeconds(rows.GetInt64(2));
            _sessions[rows.GetString(0)] = new Session(rows.GetString(1)) { Used = used, Written = used };
        }
    }

    /// <summary>Opens it.</summary>
    /// <param name="folder">The folder of <c>web.db</c>.</param>
    /// <inheritdoc cref="WebDatabase.Open" path="/exception"/>
    public static SessionStore Open(string folder, TimeProvider time, ILogger logger) => new(
        WebDatabase.Open(folder, Patience, "CREATE TABLE IF NOT EXISTS sessions (hash TEXT PRIMARY KEY, token TEXT NOT NULL, used INTEGER NOT NULL) WITHOUT ROWID;"), time, logger);

    /// <summary>Begins a session.</summary>
    /// <param name="tokenHash">What the token is known by.</param>
    /// <returns>What the browser is to keep.</returns>
    public string Begin(string tokenHash)
    {
        Tidy();
        var secret = WebToken.Make();
        var now = _time.GetUtcNow();
        _sessions[HashOf(secret)] = new Session(tokenHash) { Used = now, Written = now };
        TryWrite("INSERT OR REPLACE INTO sessions (hash, token, used) VALUES ($hash, $token, $used)", HashOf(secret), tokenHash, now);
        return secret;
    }

    /// <summary>The token that a session is of, which is used by that.</summary>
    /// <param name="secret">What a browser has kept.</param>
    /// <returns>What the token is known by; <see langword="null"/> when there is no such session any more.</returns>
    public string? TokenOf(string secret)
    {
        var hash = HashOf(secret);
        var now = _time.GetUtcNow();
        if (!_sessions.TryGetValue(hash, out var session) || now - session.Used > Unused)
        {
            return null;
        }

        session.Used = now;
        if (now - session.Written > WriteInterval)
        {
            session.Written = now;
            TryWrite("UPDATE sessions SET used = $used WHERE hash = $hash AND token = $token", hash, session.Token, now);
        }

        return session.Token;
    }

    /// <summary>Ends a session.</summary>
    /// <param name="secret">What a browser has kept.</param>
    public void End(string secret) => Forget(HashOf(secret));

    public void Dispose() => _connection.Dispose();

    private static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private void Tidy()
    {
        var now = _time.GetUtcNow();
        foreach (var (hash, _) in _sessions.Where(session => now - session.Value.Used > Unused).Concat(_sessions.OrderByDescending(session => session.Value.Used).Skip(Most - 1)).ToList())
        {
            Forget(hash);
        }
    }

    private void Forget(string hash)
    {
        if (_sessions.TryRemove(hash, out var session))
        {
            TryWrite("DELETE FROM sessions WHERE hash = $hash AND token = $token AND used <= $used", hash, session.Token, session.Used);
        }
    }

    private void TryWrite(string sql, string hash, string token, DateTimeOffset used)
    {
        try
        {
            lock (_writing)
            {
                using var command = _connection.CreateCommand();
                command.CommandText = sql;
                command.Parameters.AddWithValue("$hash", hash);
                command.Parameters.AddWithValue("$token", token);
                command.Parameters.AddWithValue("$used", used.ToUnixTimeSeconds());
                command.ExecuteNonQuery();
            }
        }
        catch (SqliteException e)
        {
            // It goes on in memory.
            _logger.SessionsNotKept(e.Message);
        }
    }

    private sealed class Session(string token)
    {
        public string Token { get; } = token;

        public DateTimeOffset Used { get; set; }

        public DateTimeOffset Written { get; set; }
    }
}
