using TaskQueue.Messaging.Control;
using TaskQueue.WorkerPool.Control;

namespace TaskQueue.WorkerPool.Tests.Control;

public sealed class WorkerProblemsTests
{
    private static readonly WorkerReport[] Workers = [new("poem#1", "poem", "waiting"), new("poem#2", "poem", "idle"), new("poem_b#1", "poem", "waiting"), new("echo#1", "echo", "idle")];

    [Fact]
    public void A_problem_is_told_of_the_workers_of_its_section_that_do_not_run()
    {
        var told = WorkerProblems.Tell(Workers, [Of(ServiceProblem.DoesNotStart, "poem", "poem")], type: null);

        Assert.Equal(["poem does not start: why", null, null, null], told.Select(worker => worker.Problem));
    }

    [Fact]
    public void What_keeps_a_type_from_its_tasks_is_told_of_all_its_workers()
    {
        var told = WorkerProblems.Tell(Workers, [Of(ServiceProblem.TakesNoTasks, "poem", null), new ServiceProblem(ServiceProblem.NotReloaded, "why")], type: null);

        Assert.Equal(["poem takes no tasks: why", "poem takes no tasks: why", "poem takes no tasks: why", null], told.Select(worker => worker.Problem));
    }

    [Fact]
    public void A_section_without_any_worker_gets_a_line_of_its_own_where_its_type_is_meant()
    {
        var problems = new[] { Of(ServiceProblem.DoesNotStart, "lost", "lost") };

        Assert.Equal(new WorkerReport("lost", "lost", "refused") { Problem = "lost does not start: why" }, WorkerProblems.Tell(Workers, problems, type: null)[^1]);
        Assert.Single(WorkerProblems.Tell([], problems, type: "LOST"));
        Assert.Empty(WorkerProblems.Tell([], problems, type: "echo"));
    }

    private static ServiceProblem Of(string effect, string type, string? section) => new(effect, "why") { WorkerType = type, Section = section };
}
