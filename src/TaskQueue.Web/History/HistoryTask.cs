using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>A task as lists show it.</summary>
/// <param name="Id">Its message id.</param>
/// <param name="At">When it came: milliseconds since 1970.</param>
/// <param name="Type">The worker type, where it is known.</param>
/// <param name="State">How far it is, one of <see cref="TaskStates"/>.</param>
internal sealed record HistoryTask(string Id, long At, string? Type, string State)
{
    /// <summary>The columns that it is read from, of a row of tasks.</summary>
    public const string Columns = "message_id, type, state, outcome, host, state_at, attempts, run_us, error";

    /// <summary>How its last run ended.</summary>
    public string? Outcome { get; init; }

    /// <summary>The host of its last run.</summary>
    public string? Host { get; init; }

    /// <summary>When it came to its state: milliseconds since 1970.</summary>
    public long StateAt { get; init; }

    /// <summary>How many runs it has had.</summary>
    public int Attempts { get; init; }

    /// <summary>How long its last run took, in microseconds.</summary>
    public long? RunMicroseconds { get; init; }

    /// <summary>What went wrong in it.</summary>
    public string? Error { get; init; }

    /// <summary>Reads it.</summary>
    /// <param name="row">The row.</param>
    /// <param name="firstColumn">The first of <see cref="Columns"/>.</param>
    /// <param name="at">When it came.</param>
    /// <param name="words">The words of numbers.</param>
    public static HistoryTask Read(SqliteDataReader row, int firstColumn, long at, KnownWords words) => new(
        row.GetString(firstColumn), at, words.Of(row.NumberOrNull(firstColumn + 1)), words.Of(row.GetInt64(firstColumn + 2)) ?? "")
    {
        Outcome = words.Of(row.NumberOrNull(firstColumn + 3)),
        Host = words.Of(row.NumberOrNull(firstColumn + 4)),
        StateAt = row.GetInt64(firstColumn + 5),
        Attempts = row.GetInt32(firstColumn + 6),
        RunMicroseconds = row.NumberOrNull(firstColumn + 7),
        Error = row.TextOrNull(firstColumn + 8),
    };
}
