using System.Text.Json.Nodes;
using TaskQueue.Cli.Tests.Aside;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests.Cancelling;

/// <summary>Looking for tasks by the beginnings of their ids, and cancelling them, where no pool runs.</summary>
public sealed class CancellingTests : IDisposable
{
    private readonly TemporaryConfig _config = new("[taskqueue]\nplugin_dir = {folder}\n[print]\n");
    private readonly CliRun _run;

    public CancellingTests() => _run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = _config.Path } };

    public void Dispose() => _config.Dispose();

    [Theory]
    [InlineData("7f3a", 0, "7f3a11", "waiting")]
    [InlineData("7f3a11", 0, "7f3a11", "waiting")]
    [InlineData("81bc", 0, "81bc", "buried")]
    [InlineData("55aa", 0, "55aa1", "done")]
    [InlineData("55a", 1, "55a", "unknown")]
    [InlineData("nobody", 1, "nobody", "unknown")]
    public async Task Where_finds_a_task_by_the_beginning_of_its_id(string text, int exitCode, string id, string state)
    {
        await FillAsync();

        Assert.Equal(exitCode, await _run.RunAsync("where", text, "--json", "--timeout", "10ms"));

        var found = JsonNode.Parse(_run.Out)!;
        Assert.Equal((id, state), ((string)found["id"]!, (string)found["state"]!));
    }

    [Fact]
    public async Task What_is_ambiguous_anywhere_is_neither_found_nor_cancelled()
    {
        await FillAsync();
        await AsideFill.AddAsync(_run.Broker, "taskqueue.rejected", [], new MessageProperties { MessageId = "7f3a99" });

        Assert.Equal(64, await _run.RunAsync("where", "7f3a"));
        var found = _run.Error;
        Assert.Equal(64, await _run.RunAsync("cancel", "7f3a", "81bc"));

        Assert.Equal("taskqueue: ID \"7f3a\" is ambiguous, 2 ids begin with it; expected more of the id:\n  7f3a11\n  7f3a99\n", found);
        Assert.Equal(found, _run.Error);
        Assert.False(_run.Broker.HasQueue("taskqueue.cancelled"));
    }

    [Fact]
    public async Task A_beginning_is_not_cancelled_where_more_ids_than_were_looked_at_may_begin_with_it()
    {
        await AsideFill.AddAsync(_run.Broker, "worker_print", [], [.. Enumerable.Range(0, 3).Select(i => new MessageProperties { MessageId = $"{i}7f3a" })]);

        Assert.Equal(64, await _run.RunAsync("cancel", "07f3", "--limit", "2"));
        var refused = _run.Error;
        Assert.Equal(0, await _run.RunAsync("where", "07f3", "--limit", "2"));

        Assert.Contains("ID \"07f3\" may mean more than 07f3a; expected the whole id: of the 3 messages in worker_print only the first 2 were looked at", refused, StringComparison.Ordinal);
        Assert.Contains("more ids may begin with it: of the 3 messages", _run.Error, StringComparison.Ordinal);
        Assert.Equal(0, await _run.RunAsync("cancel", "07f3a", "--limit", "2", "--even-if-unknown"));
    }

    [Fact]
    public async Task Cancel_of_an_id_that_nobody_knows_does_nothing_for_it_unless_it_is_wanted_even_so()
    {
        await FillAsync();
        const string Whole = "01a1ffb7-a841-794f-9a6f-3a0f9e1f0b28";

        Assert.Equal(1, await _run.RunAsync("cancel", Whole));
        var refused = _run.Error;
        var isRemembered = _run.Broker.HasQueue("taskqueue.cancelled");
        Assert.Equal(1, await _run.RunAsync("cancel", "7f3a", "nobody", "--json"));
        var some = JsonNode.Parse(_run.Out)!["tasks"]!.AsArray().Select(task => ((string)task!["id"]!, (string)task["state"]!));
        Assert.Equal(0, await _run.RunAsync("cancel", Whole, "--even-if-unknown"));
        Assert.StartsWith($"{Whole}: runs nowhere; should it show up until ", _run.Out, StringComparison.Ordinal);

        Assert.StartsWith($"taskqueue: {Whole}: nobody knows such a task, and nothing was done: ", refused, StringComparison.Ordinal);
        Assert.Contains("--even-if-unknown", refused, StringComparison.Ordinal);
        Assert.False(isRemembered);
        Assert.Equal([("7f3a11", "remembered"), ("nobody", "unknown")], some);
        Assert.Equal(["7f3a11", Whole], await RememberedAsync());
    }

    [Fact]
    public async Task Cancellations_are_listed_with_who_when_and_until_when_and_taken_back()
    {
        await FillAsync();
        Assert.Equal(0, await _run.RunAsync("cancellations", "list"));
        Assert.Equal("taskqueue.cancelled: no cancellations are remembered\n", _run.Error);
        await _run.RunAsync("cancel", "7f3a", "--keep", "1d");
        Assert.StartsWith("7f3a11: waits at place 1 of 1 in worker_print; should it show up until ", _run.Out, StringComparison.Ordinal);
        await _run.RunAsync("cancel", "7f3b", "--even-if-unknown");

        Assert.Equal(0, await _run.RunAsync("cancellations", "list"));
        var listed = _run.Out;
        Assert.Equal(0, await _run.RunAsync("cancellations", "list", "--json"));
        var first = JsonNode.Parse(_run.Out)!["cancellations"]![0]!;
        Assert.Equal(1, await _run.RunAsync("cancellations", "undo", "7f3a", "nobody"));
        var undone = (_run.Out, _run.Error);
        Assert.Equal(0, await _run.RunAsync("cancellations", "undo", "7f3b", "--json"));

        Assert.Matches($@"^TASK +BY +AT +UNTIL\n7f3a11 +{Environment.UserName}@\S+ +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ +\d{{4}}-\d\d-\d\d \d\d:\d\d:\d\dZ\n7f3b ", listed);
        Assert.Equal(TimeSpan.FromDays(1), (DateTimeOffset)first["until"]! - (DateTimeOffset)first["at"]!);
        Assert.StartsWith("7f3a11: is run should it show up; it was cancelled by ", undone.Out, StringComparison.Ordinal);
        Assert.Equal("taskqueue: nobody: no cancellation of such a task is remembered.\n", undone.Error);
        Assert.Equal(["7f3b"], JsonNode.Parse(_run.Out)!["undone"]!.AsArray().Select(id => (string)id!));
        Assert.Empty(await RememberedAsync());
    }

    [Fact]
    public async Task A_cancelled_task_that_is_buried_is_not_kicked_until_that_is_taken_back()
    {
        await FillAsync();

        Assert.Equal(0, await _run.RunAsync("cancel", "81bc1"));
        Assert.StartsWith("81bc1: buried in worker_print.buried after 3 attempts, the last on h1 at ", _run.Out, StringComparison.Ordinal);
        Assert.Contains(". It runs nowhere, and stays there: until ", _run.Out, StringComparison.Ordinal);
        Assert.EndsWith(" it is not put back either. taskqueue buried delete print --id 81bc1 deletes it\n", _run.Out, StringComparison.Ordinal);
        await _run.RunAsync("where", "81bc1");
        Assert.Matches("; cancelled by .*, so it would not be started\n$", _run.Out);

        Assert.Equal(1, await _run.RunAsync("buried", "kick", "print", "--all", "--yes"));
        Assert.Equal("1 task kicked into worker_print\n", _run.Out);
        Assert.StartsWith("taskqueue: 81bc1 stays in worker_print.buried: it was cancelled by ", _run.Error, StringComparison.Ordinal);
        Assert.EndsWith(", so it would not be run. taskqueue cancellations undo 81bc1 takes that back.\n", _run.Error, StringComparison.Ordinal);
        Assert.Equal(1, await _run.RunAsync("buried", "kick", "print", "--id", "81bc1", "--json"));
        Assert.Equal("""{"queue":"worker_print.buried","kicked":0,"not_found":[],"cancelled":["81bc1"]}""" + "\n", _run.Out);

        await _run.RunAsync("cancellations", "undo", "81bc1");
        Assert.Equal(0, await _run.RunAsync("buried", "kick", "--id", "81bc1"));
        Assert.Equal("1 task kicked into worker_print\n", _run.Out);
    }

    [Fact]
    public async Task So_is_one_that_was_rejected()
    {
        await AsideFill.AddAsync(_run.Broker, "taskqueue.rejected", [], new MessageProperties { MessageId = "r1" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Reason, "no type")));

        Assert.Equal(0, await _run.RunAsync("cancel", "r1"));
        Assert.EndsWith(" taskqueue rejected delete --id r1 deletes it\n", _run.Out, StringComparison.Ordinal);
        Assert.Equal(1, await _run.RunAsync("rejected", "requeue", "--id", "r1"));
        Assert.Equal(0, await _run.RunAsync("rejected", "delete", "--id", "r1"));
    }

    [Theory]
    [InlineData("soon", "7f3a12: waits at place 1 of 1 in worker_print; no service answers: the task waits until they run\n")]
    [InlineData("1000", "7f3a12: waits at place 1 of 1 in worker_print; it expired at 1970-01-01 00:00:01Z, so it will not be started\n")]
    public async Task Where_says_why_a_task_waits(string expires, string expected)
    {
        var properties = new MessageProperties { MessageId = "7f3a12" }.WithHeaders(KeyValuePair.Create<string, object?>(HeaderNames.Expires, expires));
        await AsideFill.AddAsync(_run.Broker, "worker_print", [], properties);

        Assert.Equal(0, await _run.RunAsync("where", "7f3a12"));

        Assert.Equal(expected, _run.Out);
    }

    [Fact]
    public async Task A_task_that_was_buried_before_it_ran_has_no_attempts()
    {
        var buried = AsideFill.Buried("7f3a12");
        await AsideFill.AddAsync(
            _run.Broker, "worker_print.buried", [], buried with { Headers = buried.Headers!.Where(header => header.Key != HeaderNames.Attempts).ToDictionary() });

        await _run.RunAsync("where", "7f3a12");

        Assert.StartsWith("7f3a12: buried in worker_print.buried before its first attempt on h1 at 2026-11-20 11:30:00Z, by ", _run.Out, StringComparison.Ordinal);
    }

    private async Task FillAsync()
    {
        await AsideFill.AddAsync(_run.Broker, "worker_print", [], new MessageProperties { MessageId = "7f3a11" });
        await AsideFill.AddAsync(_run.Broker, "worker_print.buried", [], AsideFill.Buried("81bc"), AsideFill.Buried("81bc1"));
        await AsideFill.AddAsync(_run.Broker, "results", [], new MessageProperties { MessageId = MessageIds.OfResult("55aa1") }, new MessageProperties { MessageId = MessageIds.OfResult("55aa1", 2) });
    }

    private async Task<IEnumerable<string>> RememberedAsync()
    {
        await _run.RunAsync("cancellations", "list", "--json");
        return JsonNode.Parse(_run.Out)!["cancellations"]!.AsArray().Select(cancellation => (string)cancellation!["id"]!).ToList();
    }
}
