using System.Text;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Messaging.Tests.Control;

public sealed class ServiceReportTests
{
    private static readonly ServiceIdentity Pool = new("workerpool", "web3", 4711, "a");

    [Fact]
    public void Problems_travel_within_their_bounds()
    {
        var problems = Enumerable.Range(0, ServiceProblem.Most + 3)
            .Select(number => new ServiceProblem(ServiceProblem.DoesNotStart, new string('x', 1000) + "\n" + number) { WorkerType = "poem", Section = "poem_a" })
            .ToList();

        var read = Sent(new ServiceReport { Settled = true }.With(problems));

        Assert.Equal((ServiceProblem.Most, 3, true), (read.Problems!.Count, read.MoreProblems, read.Settled));
        Assert.All(read.Problems, problem => Assert.Equal((ServiceProblem.LongestReason, "poem", "poem_a"), (problem.Reason.Length, problem.WorkerType, problem.Section)));
        Assert.EndsWith("x…", read.Problems[0].Reason, StringComparison.Ordinal);
    }

    [Fact]
    public void A_reason_is_one_line() =>
        Assert.Equal("a b", Assert.Single(Sent(new ServiceReport().With([new ServiceProblem(ServiceProblem.Crashes, "a\nb")])).Problems!).Reason);

    [Fact]
    public void A_service_of_an_earlier_version_tells_what_it_can()
    {
        var body = """{"service":{"kind":"workerpool","host":"web3","pid":1,"id":"a"},"result":{"version":"1","types":[{"worker_type":"a"},{"worker_type":"b","trouble":"403"}]}}""";

        var report = ControlAnswer.Read(Encoding.UTF8.GetBytes(body))!.ResultAs<ServiceReport>()!;

        Assert.Null(report.Settled);
        Assert.Equal("b takes no tasks: 403", Assert.Single(report.AllProblems()).ToString());
    }

    [Theory]
    [InlineData("does_not_start", "poem does not start: why")]
    [InlineData("crashes", "poem ends again and again: why")]
    [InlineData("not_replaced", "poem goes on with its old plugin or settings: why")]
    [InlineData("takes_no_tasks", "poem takes no tasks: why")]
    [InlineData("plugin_unreadable", "a plugin cannot be read: why")]
    [InlineData("not_reloaded", "the latest reload was refused: why")]
    [InlineData("of a later version", "poem: of a later version: why")]
    public void Each_effect_has_its_words(string effect, string expected) =>
        Assert.Equal(expected, new ServiceProblem(effect, "why") { Section = "poem" }.ToString());

    [Fact]
    public void Some_workers_of_a_section_are_not_all() =>
        Assert.Equal("poem does not start (2 of its workers): why", new ServiceProblem(ServiceProblem.DoesNotStart, "why") { Section = "poem", Workers = 2 }.ToString());

    private static ServiceReport Sent(ServiceReport report) =>
        ControlAnswer.Read((new ControlAnswer(Pool) { Result = ControlAnswer.ToJson(report) }).ToBody().Span)!.ResultAs<ServiceReport>()!;
}
