using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests.Aside;

public sealed class ListAndShowTests
{
    private const string Queue = "worker_print.buried";

    [Fact]
    public async Task Lists_buried_tasks_in_columns_and_leaves_them_there()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, "{}"u8.ToArray(), AsideFill.Buried("a"), AsideFill.Buried("b", "crash", "line one\nline\u001b[31m two"));

        Assert.Equal(0, await run.RunAsync("buried", "list", "print"));

        Assert.Equal(
            """
            ID  REASON     ATTEMPTS  BURIED BY         LAST FAILURE          HOST  WORKER   SIZE  ERROR
            a   permanent         3  max_attempts = 3  2026-11-20 11:30:00Z  h1    print#1     2  no paper
            b   crash             3  max_attempts = 3  2026-11-20 11:30:00Z  h1    print#1     2  line one line [31m two

            """,
            run.Out);
        Assert.Empty(run.Error);
        Assert.Equal(2, await AsideFill.ReadyAsync(run.Broker, Queue));
    }

    [Fact]
    public async Task Lists_so_many_and_tells_how_many_more_there_are()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, [], [.. Enumerable.Range(0, 60).Select(i => AsideFill.Buried($"m{i}", i < 5 ? "crash" : "permanent"))]);

        Assert.Equal(0, await run.RunAsync("buried", "list", "print", "--json"));
        var byDefault = JsonNode.Parse(run.Out)!;
        await run.RunAsync("buried", "list", "print", "--limit", "2", "--match", "reason=crash");
        var note = run.Error;
        await run.RunAsync("buried", "list", "print", "--all", "--json");
        var all = JsonNode.Parse(run.Out)!;

        Assert.Equal((50, 10), (byDefault["messages"]!.AsArray().Count, (int)byDefault["more"]!));
        Assert.Equal("worker_print.buried: 3 tasks more; --limit N lists more of them, --all all\n", note);
        Assert.Equal((60, 0), (all["messages"]!.AsArray().Count, (int)all["more"]!));
        Assert.Equal(
            """{"message_id":"m50","reason":"permanent","error":"no paper","error_type":"System.IO.IOException","attempts":3,"buried_by":"max_attempts = 3","first_failure":"2026-11-20T10:00:00.1234567+00:00","last_failure":"2026-11-20T11:30:00.1234567+00:00","host":"h1","worker":"print#1","content_type":"application/json","size_bytes":0}""",
            all["messages"]!.AsArray().Single(message => (string?)message!["message_id"] == "m50")!.ToJsonString(JsonLine.Options));
    }

    [Theory]
    [InlineData("list")]
    [InlineData("show", "--all")]
    [InlineData("kick", "--all", "--yes")]
    [InlineData("delete", "--id", "7f3a")]
    public async Task A_worker_type_that_nobody_knows_is_an_error(params string[] command)
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n[print]\nworkers = 1\n[resize]\nworkers = 1\n");
        var run = new CliRun();
        async Task<string> ErrorAsync(string type)
        {
            Assert.Equal(1, await run.RunAsync(["buried", command[0], type, .. command[1..], "-c", config.Path]));
            Assert.Empty(run.Out);
            return run.Error;
        }

        Assert.Equal("taskqueue: there is no worker type \"prnt\": no queue worker_prnt, no section and no plugin of that name. Did you mean print?\n", await ErrorAsync("prnt"));
        Assert.EndsWith(" This host knows print, resize.\n", await ErrorAsync("scan"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Says_that_there_is_no_such_queue_or_nothing_in_it()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, []);

        await run.Broker.DeclareQueueAsync(new QueueDefinition("worker_scan"), TestContext.Current.CancellationToken);
        Assert.Equal(0, await run.RunAsync("buried", "list", "scan"));
        Assert.Equal("worker_scan.buried: there is no such queue, so nothing was ever buried\n", run.Error);
        Assert.Equal(0, await run.RunAsync("buried", "list", "print"));
        Assert.Equal("worker_print.buried: no tasks\n", run.Error);
    }

    [Fact]
    public async Task Lists_a_table_on_a_terminal_and_rejected_messages_by_their_reason()
    {
        var run = new CliRun { IsTerminal = true };
        await AsideFill.AddAsync(
            run.Broker, "taskqueue.rejected", "x"u8.ToArray(), new MessageProperties { MessageId = "r1" }.WithHeaders(new KeyValuePair<string, object?>(HeaderNames.Reason, "no worker type")));

        Assert.Equal(0, await run.RunAsync("rejected", "list", "--match", "reason=WORKER"));

        Assert.Contains("Content type", run.Out, StringComparison.Ordinal);
        Assert.Contains("no worker type", run.Out, StringComparison.Ordinal);

        var buried = new CliRun { IsTerminal = true };
        await AsideFill.AddAsync(buried.Broker, Queue, "x"u8.ToArray(), AsideFill.Buried("01a1ff061c127ab08566e4b1dbd0bad6"));
        Assert.Equal(0, await buried.RunAsync("buried", "list", "print"));
        Assert.Contains("01a1ff061c127ab08566e4b1dbd0bad6", buried.Out, StringComparison.Ordinal);
        Assert.Contains("permanent, 3×", buried.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Shows_properties_headers_trace_and_indented_body()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, """{"fields":{"n":1}}"""u8.ToArray(), AsideFill.Buried("other"), AsideFill.Buried("a"));

        Assert.Equal(0, await run.RunAsync("buried", "show", "print", "--id", "a"));

        Assert.Equal(
            """
            message-id: a
            content-type: application/json
            delivery-mode: 2
            header tenant: 7
            header x-taskqueue-attempts: 3
            header x-taskqueue-buried-by: max_attempts = 3
            header x-taskqueue-error: no paper
            header x-taskqueue-error-type: System.IO.IOException
            header x-taskqueue-first-failure: 2026-11-20T10:00:00.1234567+00:00
            header x-taskqueue-host: h1
            header x-taskqueue-last-failure: 2026-11-20T11:30:00.1234567+00:00
            header x-taskqueue-reason: permanent
            header x-taskqueue-worker: print#1
            trace:
              at Print()
                at Work()
            body, 18 bytes:
              {
                "fields": {
                  "n": 1
                }
              }

            """,
            run.Out);
    }

    [Fact]
    public async Task Shows_the_head_of_a_binary_body_and_writes_it_whole_when_asked()
    {
        var run = new CliRun();
        byte[] body = [.. Enumerable.Range(0, 300).Select(i => (byte)i)];
        await AsideFill.AddAsync(run.Broker, Queue, body, AsideFill.Buried("a"));

        Assert.Equal(0, await run.RunAsync("buried", "show", "print", "--id", "a"));
        var shown = run.Out;
        Assert.Equal(0, await run.RunAsync("buried", "show", "print", "--id", "a", "--json"));
        var json = JsonNode.Parse(run.Out)!;
        var raw = new CliRun { OtherBroker = run.Broker };
        await AsideFill.AddAsync(run.Broker, Queue, "as it is\n"u8.ToArray(), AsideFill.Buried("text"));
        Assert.Equal(0, await raw.RunAsync("buried", "show", "print", "--id", "text", "--body"));

        Assert.Contains("  00000000  00 01 02", shown, StringComparison.Ordinal);
        Assert.Contains("... 44 bytes more; --body writes them all", shown, StringComparison.Ordinal);
        Assert.Equal(body, Convert.FromBase64String((string)json["body_base64"]!));
        Assert.Equal("7", (string?)json["headers"]!["tenant"]);
        Assert.Equal("as it is\n", raw.Out);
    }

    [Fact]
    public async Task Lists_and_shows_all_worker_types_when_none_is_named_also_without_saying_list()
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n[mail]\n[print]\n[idle]\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };
        Assert.Equal(0, await run.RunAsync("buried"));
        var none = run.Error;
        await AsideFill.AddAsync(run.Broker, Queue, "{}"u8.ToArray(), AsideFill.Buried("a"), AsideFill.Buried("b"));
        await AsideFill.AddAsync(run.Broker, "worker_mail.buried", "{}"u8.ToArray(), AsideFill.Buried("c"));

        Assert.Equal(0, await run.RunAsync("buried", "--limit", "1"));
        var (listed, note) = (run.Out, run.Error);
        Assert.Equal(0, await run.RunAsync("buried", "list", "--json"));
        var lines = run.Out.TrimEnd('\n').Split('\n').Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(0, await run.RunAsync("buried", "show", "--id", "c"));

        Assert.Equal("all worker types that this host knows: no buried tasks\n", none);
        Assert.StartsWith("TYPE   ID  REASON     ATTEMPTS", listed, StringComparison.Ordinal);
        Assert.Equal(["mail   c ", "print  a "], listed.TrimEnd('\n').Split('\n').Skip(1).Select(line => line[..9]));
        Assert.Equal("worker_print.buried: 1 task more; --limit N lists more of them, --all all\n", note);
        Assert.Equal([("worker_mail.buried", 1), (Queue, 2)], lines.Select(line => ((string)line["queue"]!, line["messages"]!.AsArray().Count)));
        Assert.StartsWith("queue: worker_mail.buried\nmessage-id: c\n", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Takes_the_beginning_of_an_id_for_the_only_one_that_begins_like_that()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, [], AsideFill.Buried("7f3a11"), AsideFill.Buried("7f3b12"), AsideFill.Buried("7f3b13"), AsideFill.Buried("7f3b"));

        Assert.Equal(0, await run.RunAsync("buried", "show", "print", "--id", "7f3a", "7f3b", "--json"));
        var shown = run.Out.TrimEnd('\n').Split('\n').Select(line => (string?)JsonNode.Parse(line)!["message_id"]);
        Assert.Equal(64, await run.RunAsync("buried", "show", "print", "--id", "7f3b1"));
        var ambiguous = run.Error;
        Assert.Equal(1, await run.RunAsync("buried", "list", "print", "--id", "7f3c"));

        Assert.Equal(["7f3a11", "7f3b"], shown);
        Assert.Equal("taskqueue: ID \"7f3b1\" is ambiguous, 2 ids begin with it; expected more of the id:\n  7f3b12\n  7f3b13\n", ambiguous);
        Assert.Contains("no task has the message id \"7f3c\", or one that begins with it.", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lists_unroutable_tasks_by_the_type_that_they_wait_for()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(
            run.Broker,
            "taskqueue.unroutable",
            "x"u8.ToArray(),
            new MessageProperties { MessageId = "u1", ContentType = "text/plain" }.WithHeaders(
                new(HeaderNames.UnroutableSince, "2026-11-20T10:00:00.1234567Z"), new(HeaderNames.UnroutableType, "resise")),
            new MessageProperties { MessageId = "u2" });

        Assert.Equal(0, await run.RunAsync("unroutable", "list", "--match", "type=resise"));

        Assert.Equal(
            """
            ID  WORKER TYPE  SINCE                 CONTENT TYPE  SIZE
            u1  resise       2026-11-20 10:00:00Z  text/plain       1

            """,
            run.Out);
    }

    [Fact]
    public async Task Names_the_ids_that_are_not_there_and_exits_with_1()
    {
        var run = new CliRun();
        await AsideFill.AddAsync(run.Broker, Queue, [], AsideFill.Buried("a"));

        Assert.Equal(1, await run.RunAsync("buried", "show", "print", "--id", "a", "b", "--id", "c"));

        Assert.Equal(
            "taskqueue: worker_print.buried: no task has the message id \"b\".\ntaskqueue: worker_print.buried: no task has the message id \"c\".\n", run.Error);
    }
}
