using TaskQueue.Cli.Where;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Tests.Where;

public sealed class ProspectsTests
{
    private static readonly (ServiceIdentity, ServiceReport) Dispatcher = (new ServiceIdentity("dispatcher", "web1", 1, "d"), new ServiceReport());

    [Fact]
    public void Nothing_is_said_when_a_pool_takes_tasks_of_the_type_whatever_is_wrong_with_another()
    {
        Assert.Empty(Of("echo", true, Dispatcher, Pool("web3", new TypeReport("echo") { Workers = 1, Ready = 1 })));
        Assert.Empty(Of("echo", true, Dispatcher, Pool("web3", new TypeReport("echo") { Workers = 1, Ready = 1 }), Pool("web4", new TypeReport("echo") { Workers = 1, Paused = true })));
    }

    [Theory]
    [InlineData("ecoh", false, "no pool has ever served the worker type \"ecoh\"; served are Poem, echo. Did you mean echo? The task waits until one does")]
    [InlineData("poem", false, "no pool has ever served the worker type \"poem\"; served are Poem, echo. Did you mean Poem? The task waits until one does")]
    [InlineData("thumbnail", true, "no pool that answers serves the worker type \"thumbnail\"; served are Poem, echo. The task waits until one does")]
    [InlineData("thumbnail", null, "no pool that answers serves the worker type \"thumbnail\"; served are Poem, echo. The task waits until one does")]
    public void A_type_that_nobody_serves_is_told_with_what_is_served(string type, bool? wasServed, string expected) =>
        Assert.Equal([expected], Of(type, wasServed, Dispatcher, Pool("web3", new TypeReport("echo") { Workers = 1, Ready = 1 }, new TypeReport("Poem") { Workers = 1, Ready = 1 })));

    [Fact]
    public void A_paused_type_is_not_one_that_nobody_serves() => Assert.Equal(
        ["echo is paused on web3, web4; taskqueue resume echo"],
        Of("echo", true, Dispatcher, Pool("web3", new TypeReport("echo") { Workers = 1, Ready = 1, Paused = true }), Pool("web4", new TypeReport("echo") { Workers = 1, Ready = 1, Paused = true })));

    [Fact]
    public void What_does_not_start_says_why_and_nothing_of_other_types()
    {
        var (pool, report) = Pool("web3", new TypeReport("poem") { Workers = 1 });
        ServiceProblem Problem(string type) => new(ServiceProblem.DoesNotStart, "lines = \"0\": expected a whole number from 1") { WorkerType = type, Section = type };

        Assert.Equal(
            ["web3: poem does not start: lines = \"0\": expected a whole number from 1"],
            Of("poem", true, Dispatcher, (pool, report.With([Problem("poem"), Problem("lost")]))));
    }

    [Fact]
    public void Missing_services_are_said()
    {
        Assert.Equal(["no service answers: the task waits until they run"], Of("echo", true));
        Assert.Equal(["no dispatcher answers: the task waits until one runs"], Of("echo", true, Pool("web3", new TypeReport("echo") { Workers = 1, Ready = 1 })));
        Assert.Equal("no pool that answers serves the worker type \"echo\"; no type is served. The task waits until one does", Assert.Single(Of("echo", true, Dispatcher)));
    }

    [Fact]
    public void A_task_waits_while_all_workers_that_take_such_are_busy()
    {
        var (busy, idle) = (new TypeReport("echo") { Workers = 2, Ready = 2, Running = 2 }, new TypeReport("echo") { Workers = 2, Ready = 2, Running = 1 });
        var off = new TypeReport("echo") { Workers = 2, Ready = 2, Paused = true };

        Assert.Equal(["all 4 workers of echo are busy, on web3, web4"], Prospects.Of("echo", [Dispatcher, Pool("web3", busy), Pool("web4", busy), Pool("web5", off)]));
        Assert.Equal(["the only worker of echo is busy, on web3"], Prospects.Of("echo", [Pool("web3", busy with { Workers = 1, Ready = 1, Running = 1 })]));
        Assert.Empty(Prospects.Of("echo", [Dispatcher, Pool("web3", busy), Pool("web4", idle)]));
    }

    [Fact]
    public void A_task_that_waits_has_the_same_reasons_as_one_that_was_just_sent_but_for_what_it_has_behind_it()
    {
        var paused = Pool("web3", new TypeReport("echo") { Workers = 1, Ready = 1, Paused = true });

        Assert.Equal(["echo is paused on web3; taskqueue resume echo"], Prospects.Of("echo", [paused]));
        Assert.Equal("no pool that answers serves the worker type \"poem\"; served are echo. The task waits until one does", Assert.Single(Prospects.Of("poem", [paused])));
        Assert.Equal(["no dispatcher answers: the task waits until one runs"], Prospects.Of(workerType: null, [paused]));
        Assert.Empty(Prospects.Of(workerType: null, [Dispatcher, paused]));
        Assert.Equal(["no service answers: the task waits until they run"], Prospects.Of("echo", []));
    }

    private static IReadOnlyList<string> Of(string type, bool? wasServed, params (ServiceIdentity, ServiceReport)[] services) => Prospects.Of(type, wasServed, services);

    private static (ServiceIdentity Service, ServiceReport Report) Pool(string host, params TypeReport[] types) =>
        (new ServiceIdentity("workerpool", host, 2, host), new ServiceReport { Types = types });
}
