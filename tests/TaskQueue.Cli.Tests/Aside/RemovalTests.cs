using System.Text.Json.Nodes;
using TaskQueue.Cli.Control;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Cli.Tests.Aside;

public sealed class RemovalTests
{
    private const string Queue = "worker_print.buried";

    [Fact]
    public async Task Kicks_a_task_as_it_was_before_it_failed()
    {
        var run = new CliRun();
        var original = new MessageProperties
        {
            MessageId = "a",
            CorrelationId = "c",
            ReplyTo = "answers",
            Priority = 3,
            ContentType = "text/plain",
            Headers = new Dictionary<string, object?> { ["tenant"] = "7" },
        };
        var buried = original with { Headers = AsideFill.Buried("a", more: ("x-delivery-count", 1L)).Headers };
        await AsideFill.AddAsync(run.Broker, Queue, "print it"u8.ToArray(), AsideFill.Buried("other"), buried);

        Assert.Equal(0, await run.RunAsync("buried", "kick", "print", "--id", "a"));

        var kicked = Assert.Single(Moved(run));
        Assert.Equal("worker_print", kicked.RoutingKey);
        Assert.Equal("print it"u8.ToArray(), kicked.Body.ToArray());
        Assert.Equal(original with { Headers = null }, kicked.Properties with { Headers = null });
        Assert.Equal(original.Headers!, kicked.Properties.Headers!);
        Assert.Equal("1 task kicked into worker_print\n", run.Out);
        Assert.Equal((1, 1), (await AsideFill.ReadyAsync(run.Broker, Queue), await AsideFill.ReadyAsync(run.Broker, "worker_print")));
        Assert.Equal("worker_print", Assert.Single(run.Broker.Declared).Name);

        var told = EventBatch.Read(Assert.Single(run.Broker.Sent, message => message.Exchange == "taskqueue.events").Body.Span)!;
        Assert.True(told.Ends);
        Assert.Equal((TaskEventKinds.Kicked, "a", "print", "worker_print", Fleet.Me), Assert.Single(told.Events) is var one ? (one.Kind, one.Id, one.Type, one.Queue, one.By) : default);
    }

    [Fact]
    public async Task Keeps_what_the_broker_did_not_confirm()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, "worker_print", []);
        await AsideFill.AddAsync(run.Broker, Queue, [], AsideFill.Buried("a"), AsideFill.Buried("b"), AsideFill.Buried("c"));
        run.Broker.NextOutcomes.Enqueue(PublishOutcome.Confirmed);
        run.Broker.NextOutcomes.Enqueue(PublishOutcome.Refused);

        Assert.Equal(69, await run.RunAsync("buried", "kick", "print", "--all", "--yes"));

        Assert.Equal("1 task kicked into worker_print\n", run.Out);
        Assert.Contains("worker_print did not take all: the broker refused a message", run.Error, StringComparison.Ordinal);
        Assert.Equal((2, 1), (await AsideFill.ReadyAsync(run.Broker, Queue), await AsideFill.ReadyAsync(run.Broker, "worker_print")));
        Assert.Empty(run.Broker.Declared);
    }

    [Fact]
    public async Task Holds_the_old_message_until_the_new_one_is_confirmed()
    {
        using var interrupt = new CancellationTokenSource();
        var run = new CliRun { Interrupted = interrupt.Token };
        await AsideFill.AddAsync(run.Broker, Queue, [], [.. Enumerable.Range(0, 200).Select(i => AsideFill.Buried($"{i}"))]);
        run.Broker.HoldsAnswers = true;

        var kicking = run.RunAsync("buried", "kick", "print", "--all", "--yes");
        Assert.Equal(64, run.Broker.MostInFlight);
        await interrupt.CancelAsync();
        run.Broker.Answer();

        Assert.Equal(130, await kicking);
        Assert.Equal("64 tasks kicked into worker_print\n", run.Out);
        Assert.Equal((136, 64), (await AsideFill.ReadyAsync(run.Broker, Queue), await AsideFill.ReadyAsync(run.Broker, "worker_print")));
    }

    [Fact]
    public async Task Takes_those_for_which_all_conditions_hold()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(
            run.Broker, Queue, [],
            AsideFill.Buried("a", "permanent", "Disk full", "h1"), AsideFill.Buried("b", "permanent", "disk full", "h2"), AsideFill.Buried("c", "crash", "disk full", "h1"));

        Assert.Equal(0, await run.RunAsync("buried", "delete", "print", "--match", "reason=permanent", "--match", "error=disk", "--match", "host=h1", "--json"));
        Assert.Equal("""{"queue":"worker_print.buried","deleted":1,"not_found":[]}""" + "\n", run.Out);
        await run.RunAsync("buried", "list", "print", "--json");

        Assert.Equal(["b", "c"], JsonNode.Parse(run.Out)!["messages"]!.AsArray().Select(message => (string?)message!["message_id"]));
        Assert.Empty(Moved(run));
    }

    [Fact]
    public async Task Deletes_the_ids_that_are_there_and_names_the_others()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, [], AsideFill.Buried("a"), AsideFill.Buried("b"));

        Assert.Equal(1, await run.RunAsync("buried", "delete", "print", "--id", "a", "x", "--json"));

        Assert.Equal("""{"queue":"worker_print.buried","deleted":1,"not_found":["x"]}""" + "\n", run.Out);
        Assert.Equal(1, await AsideFill.ReadyAsync(run.Broker, Queue));
    }

    [Theory]
    [InlineData("y\n", 0, 0)]
    [InlineData("n\n", 1, 2)]
    [InlineData("", 1, 2)]
    public async Task Asks_before_it_takes_all(string answer, int exitCode, long left)
    {
        var run = new CliRun { CanAsk = true, Input = System.Text.Encoding.UTF8.GetBytes(answer) };
        await AsideFill.AddAsync(run.Broker, Queue, [], AsideFill.Buried("a"), AsideFill.Buried("b"));

        Assert.Equal(exitCode, await run.RunAsync("buried", "delete", "print", "--all"));

        Assert.StartsWith("Delete 2 tasks of worker_print.buried? [y/N] ", run.Error, StringComparison.Ordinal);
        Assert.Equal(left, await AsideFill.ReadyAsync(run.Broker, Queue));
    }

    [Fact]
    public async Task Requeues_rejected_messages_without_what_rejecting_added()
    {
        var run = new CliRun();
        var rejected = new MessageProperties { MessageId = "r" }.WithHeaders(
            new(HeaderNames.Reason, "no pool has served worker type \"x\""), new(HeaderNames.UnroutableSince, "2026-11-20T10:00:00Z"),
            new(HeaderNames.UserId, "publisher"), new(HeaderNames.WorkerType, "x"));
        await AsideFill.AddAsync(run.Broker, "taskqueue.rejected", "x"u8.ToArray(), rejected);

        Assert.Equal(0, await run.RunAsync("rejected", "requeue", "--match", "reason=no pool"));

        var sent = Assert.Single(Moved(run));
        Assert.Equal("taskqueue", sent.RoutingKey);
        Assert.Equal([HeaderNames.WorkerType, HeaderNames.UserId], sent.Properties.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("1 message requeued into taskqueue\n", run.Out);
    }

    [Fact]
    public async Task Takes_from_all_worker_types_when_none_is_named_and_nothing_when_an_id_is_ambiguous()
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n[mail]\n[print]\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };
        await AsideFill.AddAsync(run.Broker, Queue, [], AsideFill.Buried("7f3a11"), AsideFill.Buried("7f3b12", "crash"));
        await AsideFill.AddAsync(run.Broker, "worker_mail.buried", [], AsideFill.Buried("7f3b13"), AsideFill.Buried("81bc14", "crash"));

        Assert.Equal(64, await run.RunAsync("buried", "kick", "--id", "7f3a11", "7f3b"));
        var ambiguous = run.Broker.Sent.Count;
        Assert.Equal(0, await run.RunAsync("buried", "kick", "--id", "7f3a"));
        var one = run.Out;
        Assert.Equal(0, await run.RunAsync("buried", "delete", "--match", "reason=crash"));
        var crashed = run.Out;
        Assert.Equal(1, await run.RunAsync("buried", "delete", "--id", "none"));

        Assert.Equal(0, ambiguous);
        Assert.Equal("1 task kicked into worker_print\n", one);
        Assert.Equal("1 task deleted from worker_mail.buried\n1 task deleted from worker_print.buried\n", crashed);
        Assert.Equal("0 tasks deleted of all worker types that this host knows\n", run.Out);
        Assert.Equal((0, 1), (await AsideFill.ReadyAsync(run.Broker, Queue), await AsideFill.ReadyAsync(run.Broker, "worker_mail.buried")));
    }

    [Fact]
    public async Task Requeues_unroutable_tasks_as_they_came()
    {
        var run = new CliRun();
        var properties = new MessageProperties { MessageId = "u" }.WithHeaders(
            new(HeaderNames.UnroutableSince, "2026-11-20T10:00:00Z"), new(HeaderNames.UnroutableType, "x"), new(HeaderNames.WorkerType, "x"));
        await AsideFill.AddAsync(run.Broker, "taskqueue.unroutable", "x"u8.ToArray(), properties, properties with { MessageId = "other" });

        Assert.Equal(0, await run.RunAsync("unroutable", "requeue", "--id", "u"));
        var sent = Assert.Single(Moved(run));
        Assert.Equal(0, await run.RunAsync("unroutable", "delete", "--all", "--yes"));

        Assert.Equal(("taskqueue", HeaderNames.WorkerType), (sent.RoutingKey, Assert.Single(sent.Properties.Headers!.Keys)));
        Assert.Equal("1 task deleted from taskqueue.unroutable\n", run.Out);
    }

    [Fact]
    public async Task Does_nothing_where_nothing_is_buried()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, "worker_print", []);

        Assert.Equal(0, await run.RunAsync("buried", "kick", "print", "--all", "--yes"));
        Assert.Equal(1, await run.RunAsync("buried", "kick", "print", "--id", "a"));

        Assert.Empty(run.Broker.Declared);
        Assert.Equal("0 tasks kicked into worker_print\n", run.Out);
    }

    private static IEnumerable<OutgoingMessage> Moved(CliRun run) => run.Broker.Sent.Where(message => message.Exchange.Length == 0);
}
