using Microsoft.Data.Sqlite;
using TaskQueue.Broker.Storage.Sqlite;

namespace TaskQueue.Broker.Tests.Storage;

public sealed class SchemaTests
{
    private static readonly string[] Steps = ["CREATE TABLE first(x)", "CREATE TABLE second(x)", "INSERT INTO second SELECT x + 1 FROM first"];

    [Fact]
    public void A_migration_does_the_steps_that_a_file_does_not_have_yet()
    {
        using var connection = Open();
        Schema.Migrate(connection, from: 0, Steps[..1]);
        connection.Run("INSERT INTO first VALUES (41)");

        Schema.Migrate(connection, from: 1, Steps);

        Assert.Equal(42, connection.Number("SELECT x FROM second"));
        Assert.Equal(3, connection.Number("PRAGMA user_version"));
        Assert.Equal(Schema.ApplicationId, connection.Number("PRAGMA application_id"));
    }

    [Fact]
    public void A_migration_that_fails_changes_nothing()
    {
        using var connection = Open();
        Schema.Migrate(connection, from: 0, Steps[..1]);

        Assert.Throws<SqliteException>(() => Schema.Migrate(connection, from: 1, [.. Steps, "INSERT INTO nowhere VALUES (1)"]));

        Assert.Equal(1, connection.Number("PRAGMA user_version"));
        Assert.Equal(1, connection.Number("SELECT count(*) FROM sqlite_schema"));
    }

    private static SqliteConnection Open()
    {
        SQLitePCL.Batteries_V2.Init();
        var connection = new SqliteConnection("Data Source=:memory:");
        connection.Open();
        return connection;
    }
}
