using System.Text.Json.Nodes;
using TaskQueue.Cli.Audit;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Tests.Audit;

public sealed class AuditReportTests
{
    private static readonly ServiceIdentity Pool = new("workerpool", "w1", 11, "p");

    [Fact]
    public void Shows_what_became_of_what_came_in()
    {
        var opening = Snapshot(("taskqueue", new QueueCounts(), 5), ("worker_echo", new QueueCounts(), 1));
        var closing = Snapshot(
            ("taskqueue", new QueueCounts { Taken = 1200, Forwarded = 1200 }, 0),
            ("worker_echo", new QueueCounts { In = 1199, Taken = 1190, Done = 1180, Deleted = 3, Buried = 2, Released = 1 }, 10),
            ("worker_echo.buried", new QueueCounts { In = 2 }, 2),
            ("taskqueue.rejected", new QueueCounts { In = 1 }, 1),
            ("taskqueue.delay.due", new QueueCounts { In = 1 }, 1));

        var report = AuditReport.Of(opening, closing, TimeSpan.FromSeconds(10));

        Assert.Equal(
            """
            In 10.0 s, by workerpool 11 on w1:

            TYPE  CAME IN   DONE  DELETED  BURIED  RELEASED  WAITING  RUNNING  DIFFERENCE
            echo    1,199  1,180        3       2         1       +9       +4           0

            confirmed 1,195 = done 1,180 + deleted 3 + waiting 4 + running 4 + delayed 1 + buried 2 + rejected 1
            balanced: difference 0, exactly

            """,
            report.ToText());
        var json = JsonNode.Parse(report.ToJson())!;
        Assert.Equal("balanced", (string?)json["verdict"]);
        Assert.Equal((long)json["confirmed"]!, json["terms"]!.AsObject().Sum(term => (long)term.Value!));
    }

    [Fact]
    public void Names_the_queue_that_messages_are_gone_from()
    {
        var report = AuditReport.Of(
            Snapshot(("worker_echo", new QueueCounts(), 100)), Snapshot(("worker_echo", new QueueCounts { In = 10 }, 0)), TimeSpan.FromSeconds(1));

        Assert.Equal(Verdict.Difference, report.Verdict);
        Assert.StartsWith("worker_echo: 110 messages came in and are gone: purged", Assert.Single(report.Problems), StringComparison.Ordinal);
        Assert.Contains("+ missing 110", report.ToText(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_the_queue_that_others_put_messages_into()
    {
        var report = AuditReport.Of(Snapshot(("worker_echo", new QueueCounts(), 0)), Snapshot(("worker_echo", new QueueCounts(), 1)), TimeSpan.Zero);

        Assert.StartsWith("worker_echo: 1 message more than any service put there", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Notices_when_the_queue_that_publishers_fill_is_emptied()
    {
        var report = AuditReport.Of(Snapshot(("taskqueue", new QueueCounts(), 7)), Snapshot(("taskqueue", new QueueCounts(), 0)), TimeSpan.Zero);

        Assert.StartsWith("taskqueue: 7 messages came in and are gone", Assert.Single(report.Problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Cannot_tell_when_a_connection_ended_meanwhile()
    {
        var closing = Snapshot(("worker_echo", new QueueCounts(), 0));
        closing = closing with { Services = Services(connections: 2) };

        var report = AuditReport.Of(Snapshot(("worker_echo", new QueueCounts(), 1)), closing, TimeSpan.Zero);

        Assert.Equal(Verdict.CannotTell, report.Verdict);
        Assert.Contains(report.Problems, problem => problem.StartsWith("workerpool 11 on w1 has connected to the broker anew", StringComparison.Ordinal));
    }

    [Fact]
    public void Cannot_tell_when_somebody_takes_messages_who_did_not_answer()
    {
        var closing = Snapshot(("worker_echo", new QueueCounts { Consumers = 2 }, 0));
        closing = closing with { Accounts = closing.Accounts.ToDictionary(account => account.Key, account => account.Value with { Consumers = 3 }) };

        var report = AuditReport.Of(Snapshot(("worker_echo", new QueueCounts(), 1)), closing, TimeSpan.Zero);

        Assert.Equal(Verdict.CannotTell, report.Verdict);
        Assert.Contains("worker_echo has 3 consumers, 1 of them of nobody who answered", report.Problems);
    }

    [Fact]
    public void Counts_a_service_that_started_meanwhile_and_cannot_tell_of_one_that_answered_late()
    {
        var opening = Snapshot() with { Services = new Dictionary<string, (ServiceIdentity, LedgerExtract)>(StringComparer.Ordinal) };

        var late = AuditReport.Of(opening, Snapshot() with { Services = Services(uptimeMilliseconds: 10_000) }, TimeSpan.FromSeconds(10));
        var started = AuditReport.Of(opening, Snapshot() with { Services = Services(uptimeMilliseconds: 9_999) }, TimeSpan.FromSeconds(10));

        Assert.Equal(Verdict.CannotTell, late.Verdict);
        Assert.Equal(Verdict.Balanced, started.Verdict);
    }

    [Fact]
    public void Knows_the_queues_that_hold_tasks_behind_their_prefix()
    {
        var names = new QueueNames("dev_");

        Assert.Equal("a.b", Account.Of("dev_worker_a.b", names)!.WorkerType);
        Assert.Equal("a", Account.Of("dev_worker_a.buried", names)!.WorkerType);
        Assert.Equal(Account.Of("dev_taskqueue.delay.8s", names), Account.Of("dev_taskqueue.delay.due", names));
        Assert.Null(Account.Of("worker_a", names));
        Assert.Null(Account.Of("dev_results", names));
    }

    [Fact]
    public async Task Cannot_tell_when_no_service_answers()
    {
        var run = new CliRun();

        Assert.Equal(2, await run.RunAsync("audit", "--for", "0s"));

        Assert.StartsWith("cannot tell: no service answered", run.Out, StringComparison.Ordinal);
    }

    private static Snapshot Snapshot(params (string Queue, QueueCounts Counts, long Ready)[] queues) => new(
        queues.ToDictionary(queue => Account.Of(queue.Queue, new QueueNames())!, queue => new Reading(queue.Counts, queue.Ready, 0, queue.Counts)), Services());

    private static Dictionary<string, (ServiceIdentity Identity, LedgerExtract Ledger)> Services(int connections = 1, long uptimeMilliseconds = 0) => new(StringComparer.Ordinal)
    {
        [Pool.Id] = (Pool, new LedgerExtract(DateTimeOffset.UnixEpoch, uptimeMilliseconds, connections, new Dictionary<string, QueueCounts>(StringComparer.Ordinal))),
    };
}
