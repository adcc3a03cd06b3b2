using TaskQueue.Cli.Status;

namespace TaskQueue.Cli.Tests.Status;

public sealed class QueueStatusTests
{
    [Theory]
    [InlineData("Tasks", 0, 0, "no dispatcher is running")]
    [InlineData("Tasks", 1, 0, "1 task waits and no dispatcher is running")]
    [InlineData("Delayed", 7, 0, "7 delayed messages wait and no dispatcher is running")]
    [InlineData("Unroutable", 2, 0, "2 tasks wait for worker types that no pool has served")]
    [InlineData("Rejected", 3, 1, "3 messages rejected; taskqueue rejected list")]
    [InlineData("Buried", 1, 0, "1 task buried; taskqueue buried list")]
    [InlineData("Worker", 1234567, 0, "1,234,567 tasks wait and no pool serves the worker type")]
    [InlineData("Results", 1, 0, "1 result waits and nobody consumes them")]
    public void Warns_of_what_a_person_should_look_into(string role, long ready, int consumers, string expected) =>
        Assert.StartsWith(expected, new QueueStatus("q", Enum.Parse<QueueRole>(role), ready, consumers).Warning, StringComparison.Ordinal);

    [Theory]
    [InlineData("Tasks", 1000, 1)]
    [InlineData("Delayed", 1000, 1)]
    [InlineData("Unroutable", 0, 0)]
    [InlineData("Rejected", 0, 0)]
    [InlineData("Worker", 0, 0)]
    [InlineData("Worker", 1000, 1)]
    [InlineData("Results", 1000, 1)]
    public void Is_silent_about_what_is_as_it_should_be(string role, long ready, int consumers) =>
        Assert.Null(new QueueStatus("q", Enum.Parse<QueueRole>(role), ready, consumers).Warning);

    [Fact]
    public void Warns_of_a_missing_queue_only_where_tasks_come_in()
    {
        Assert.NotNull(new QueueStatus("q", QueueRole.Tasks, null, null).Warning);
        Assert.Null(new QueueStatus("q", QueueRole.Worker, null, null).Warning);
    }
}
