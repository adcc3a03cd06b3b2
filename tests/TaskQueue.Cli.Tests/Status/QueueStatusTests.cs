using TaskQueue.Cli.Status;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Tests.Status;

public sealed class QueueStatusTests
{
    [Theory]
    [InlineData("Tasks", 0, 0, "no dispatcher is running")]
    [InlineData("Tasks", 1, 0, "1 task waits and no dispatcher is running")]
    [InlineData("Delayed", 7, 0, "7 delayed messages wait and no dispatcher is running")]
    [InlineData("Unroutable", 2, 0, "2 tasks wait for worker types that no pool has served; taskqueue unroutable list")]
    [InlineData("Rejected", 3, 1, "3 messages rejected; taskqueue rejected list")]
    [InlineData("Buried", 1, 0, "1 task buried; taskqueue buried list")]
    [InlineData("Worker", 1234567, 0, "1,234,567 tasks wait and no pool serves the worker type")]
    [InlineData("Results", 1, 0, "1 result waits and nobody consumes them")]
    public void Warns_of_what_a_person_should_look_into(string role, long ready, int consumers, string expected) =>
        Assert.StartsWith(expected, new QueueStatus("q", Enum.Parse<QueueRole>(role), ready, consumers).Warning, StringComparison.Ordinal);

    [Fact]
    public void A_type_that_is_paused_or_does_not_start_is_not_one_that_no_pool_serves()
    {
        var queue = new QueueStatus("worker_poem", QueueRole.Worker, 2, 0) { WorkerType = "poem", IsMeantToBeServed = true };

        Assert.Equal("2 tasks wait and no worker of the type takes tasks", queue.Warning);
        Assert.Equal("2 tasks wait and the type is paused on web3, web4; taskqueue resume poem", (queue with { PausedOn = ["web4", "web3"] }).Warning);
    }

    [Fact]
    public void What_services_say_of_types_is_said_of_their_queues_and_once_for_all_hosts_that_have_the_problem()
    {
        ServiceReport Report(params ServiceProblem[] problems) => new ServiceReport { Types = [new("sleep") { Workers = 1, Paused = true }] }.With(problems);
        var broken = new ServiceProblem(ServiceProblem.DoesNotStart, "no model") { WorkerType = "poem", Section = "poem" };
        var many = Enumerable.Range(0, ServiceProblem.Most + 2).Select(number => broken with { Reason = $"{number}" }).ToArray();

        var report = new StatusReport(
        [
            new("worker_poem", QueueRole.Worker, 1, 0) { WorkerType = "poem" }, new("worker_sleep", QueueRole.Worker, 1, 0) { WorkerType = "sleep" }, new("worker_x", QueueRole.Worker, 1, 0) { WorkerType = "x" },
        ]).With([(new ServiceIdentity("workerpool", "web4", 1, "a"), Report(broken)), (new ServiceIdentity("workerpool", "web3", 1, "b"), Report(broken))]);

        Assert.Equal(
            [
                "worker_poem: 1 task waits and no worker of the type takes tasks",
                "worker_sleep: 1 task waits and the type is paused on web3, web4; taskqueue resume sleep",
                "worker_x: 1 task waits and no pool serves the worker type",
                "web3, web4: poem does not start: no model",
            ],
            report.Warnings);
        Assert.Equal("web3: 2 more problems; the log of the workerpool has them", report.With([(new ServiceIdentity("workerpool", "web3", 1, "b"), Report(many))]).Warnings.Last());
    }

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
