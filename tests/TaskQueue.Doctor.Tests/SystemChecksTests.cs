using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.Diagnosis;

namespace TaskQueue.Doctor.Tests;

public sealed class SystemChecksTests
{
    [Fact]
    [Trait("Case", "E2")]
    public void Queues_that_drop_tasks_are_named_with_the_policy_that_mends_them()
    {
        var finding = Assert.Single(DeliveryLimitCheck.Run(new Dictionary<string, QueueComparison>(StringComparer.Ordinal)
        {
            ["worker_b.c"] = new(QueueMatch.Different, AckTimeoutSource.Broker) { Traits = new QueueTraits(QueueType.Quorum, 20) },
            ["worker_a"] = new(QueueMatch.Different, AckTimeoutSource.Broker) { Traits = new QueueTraits(QueueType.Quorum, 20) },
            ["worker_d"] = new(QueueMatch.Different, AckTimeoutSource.Broker) { Traits = new QueueTraits(QueueType.Quorum, null) },
            ["worker_e"] = new(QueueMatch.Equal, AckTimeoutSource.Broker),
        }));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.StartsWith("worker_a, worker_b.c: declared so that the broker drops a message that has come back more than 20 times", finding.Message, StringComparison.Ordinal);
        Assert.StartsWith(
            """rabbitmqctl set_policy --apply-to queues taskqueue-keep '^(worker_a|worker_b\.c)$' '{"delivery-limit": -1}' """, finding.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-90, "the clock of w1 is 90.0 s behind this host's")]
    [InlineData(65, "the clock of w1 is 60.0 s ahead of this host's")]
    public void A_clock_that_is_off_is_a_warning(int seconds, string expected)
    {
        var asked = DateTimeOffset.UnixEpoch;
        ControlAnswer[] answers = [Answer("w1", asked.AddSeconds(seconds)), Answer("w2", asked.AddSeconds(2))];

        var finding = Assert.Single(ServiceCheck.Compare(answers, asked, asked.AddSeconds(5)));

        Assert.Equal(Severity.Warning, finding.Severity);
        Assert.StartsWith(expected, finding.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Clocks_agree_when_services_answered_between_question_and_answer()
    {
        var asked = DateTimeOffset.UnixEpoch;

        var finding = Assert.Single(ServiceCheck.Compare([Answer("w1", asked.AddSeconds(0.1)), Answer("w2", asked.AddSeconds(1))], asked, asked.AddSeconds(0.5)));

        Assert.Equal((Severity.Ok, "those of 2 hosts agree with this one's to within 0.50 s"), (finding.Severity, finding.Message));
    }

    [Fact]
    public void A_kind_of_service_that_does_not_answer_is_a_warning()
    {
        var findings = ServiceCheck.Present([Answer("w1", time: null), Answer("w2", time: null)], new QueueNames()).ToList();

        Assert.Equal((Severity.Warning, Severity.Ok), (findings[0].Severity, findings[1].Severity));
        Assert.StartsWith("no dispatcher answers: tasks stay in taskqueue", findings[0].Message, StringComparison.Ordinal);
        Assert.Equal("2 workerpools", findings[1].Message);
    }

    [Fact]
    [Trait("Case", "D4")]
    public void What_services_do_not_do_is_an_error()
    {
        var report = new ServiceReport { Trouble = "no connection", Types = [new("a"), new("b") { Trouble = "403 ACCESS_REFUSED" }] };
        ControlAnswer[] answers = [Answer("w1", time: null) with { Result = ControlAnswer.ToJson(report) }, Answer("w2", time: null) with { Result = ControlAnswer.ToJson(new ServiceReport()) }];

        var findings = ServiceCheck.Troubles(answers).ToList();

        Assert.Equal(["workerpool on w1 (pid 1): no connection", "workerpool on w1 (pid 1): b takes no tasks: 403 ACCESS_REFUSED"], findings.Select(finding => finding.Message));
        Assert.All(findings, finding => Assert.Equal(Severity.Error, finding.Severity));
    }

    private static ControlAnswer Answer(string host, DateTimeOffset? time) => new(new ServiceIdentity("workerpool", host, 1, host)) { Time = time };
}
