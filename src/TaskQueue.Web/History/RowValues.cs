using Microsoft.Data.Sqlite;

namespace TaskQueue.Web.History;

/// <summary>Columns that may be empty.</summary>
internal static class RowValues
{
    public static string? TextOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetString(column);

    public static long? NumberOrNull(this SqliteDataReader row, int column) => row.IsDBNull(column) ? null : row.GetInt64(column);
}
