using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests.Sending;

public sealed class SendCommandTests
{
    [Fact]
    public async Task Prints_the_message_id()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello"));

        Assert.Equal(Assert.Single(run.Broker.Sent).Properties.MessageId + "\n", run.Out);
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData(" For a user who may write to the exchange \"taskqueue\" alone there is --through-exchange.")]
    [InlineData(" The user needs the right to write to that exchange.", "--through-exchange")]
    [InlineData(" Tasks with --delay or --at take the right to write to amq.default.", "--delay", "1h", "--through-exchange")]
    [InlineData(" For a user who may write to the exchange \"taskqueue\" alone there is --through-exchange.", "--wait")]
    [InlineData("Tasks enqueued: 0; sent besides, and not confirmed: ", "--count", "3")]
    public async Task Says_what_to_do_where_the_user_may_not_publish(string remedy, params string[] options)
    {
        var run = new CliRun();
        run.Broker.AnswerTo = _ => new PublishAnswer(PublishOutcome.RefusedForGood, new PublishRefusal(RefusalKind.NotPermitted, "403 ACCESS_REFUSED"));

        Assert.Equal(69, await run.RunAsync(["send", "echo", "hello", .. options]));

        Assert.Contains(": 403 ACCESS_REFUSED. " + remedy.TrimStart(), run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("batch", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Carries_every_option()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync(
            "send", "echo", "hello", "--header", "a=1", "-H", "b=x=y", "--priority", "9", "--expires", "5m", "--correlation-id", "c", "--content-type", "text/plain"));

        var properties = Assert.Single(run.Broker.Sent).Properties;
        Assert.Equal(("1", "x=y"), (properties.HeaderText("a"), properties.HeaderText("b")));
        Assert.Equal(((byte?)9, "300000", "c"), (properties.Priority, properties.Expiration, properties.CorrelationId));
    }

    [Fact]
    public async Task Delays_the_task()
    {
        var run = new CliRun();
        var before = TimeProvider.System.GetUtcNow();

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello", "--delay", "10m"));

        var sent = run.Broker.Sent.Last();
        Assert.Equal(("taskqueue.delay.due", "taskqueue"), (sent.RoutingKey, sent.Properties.HeaderText(HeaderNames.To)));
        var due = DateTimeOffset.FromUnixTimeMilliseconds((long)sent.Properties.Headers![HeaderNames.Due]!);
        Assert.InRange(due, before.AddMinutes(10), TimeProvider.System.GetUtcNow().AddMinutes(10).AddMilliseconds(1));
    }

    [Fact]
    public async Task Delays_the_task_until_a_time_of_the_clock()
    {
        var run = new CliRun();
        var due = TimeProvider.System.GetUtcNow().AddHours(30);

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello", "--at", $"{due:yyyy-MM-dd'T'HH:mm:ss.fffffffzzz}"));

        // The time passes from the command line to the broker as a span, and is rounded up to a millisecond at the end.
        var sentDue = DateTimeOffset.FromUnixTimeMilliseconds((long)run.Broker.Sent.Last().Properties.Headers![HeaderNames.Due]!);
        Assert.InRange(sentDue, due, due.AddSeconds(1));
    }

    [Fact]
    public async Task Sends_at_once_what_was_to_come_in_the_past()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello", "--at", "2020-01-01T00:00"));

        Assert.Equal("taskqueue", Assert.Single(run.Broker.Sent).RoutingKey);
    }

    [Theory]
    [InlineData("A delay of 400 days: expected at most 366 days.", "--delay", "400d")]
    [InlineData("--delay and --at are both set: a task has one time.", "--delay", "1s", "--at", "18:00")]
    [InlineData("--at \"noon\": expected a time such as 18:30, 2027-01-31T18:30 or 2027-01-31T18:30:00+01:00.", "--at", "noon")]
    [InlineData("--delay \"soon\": expected a number with ms, s, m, h or d behind it, such as 30s.", "--delay", "soon")]
    public async Task Exits_with_64_when_the_delay_is_wrong(string expected, params string[] options)
    {
        var run = new CliRun();

        Assert.Equal(64, await run.RunAsync(["send", "echo", "hello", .. options]));

        Assert.StartsWith($"taskqueue: {expected}\n", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Broker.Sent);
    }

    [Fact]
    public async Task Reads_the_body_from_standard_input()
    {
        var run = new CliRun { Input = "from a pipe\n"u8.ToArray() };

        Assert.Equal(0, await run.RunAsync("send", "echo", "-"));

        Assert.Equal("echo from a pipe\n", BodyOf(run));
    }

    [Fact]
    public async Task Reads_the_body_from_a_file()
    {
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "from a file", TestContext.Current.CancellationToken);
            var run = new CliRun();

            Assert.Equal(0, await run.RunAsync("send", "echo", "@" + file));

            Assert.Equal("echo from a file", BodyOf(run));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task Exits_with_66_when_the_file_is_missing()
    {
        var run = new CliRun();

        Assert.Equal(66, await run.RunAsync("send", "echo", "@/no/such/file"));

        Assert.Contains("\"/no/such/file\"", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exits_with_65_when_the_body_is_bad() => Assert.Equal(65, await new CliRun().RunAsync("send", "echo", "{oops"));

    [Fact]
    public async Task Sends_a_body_that_begins_with_a_dash_behind_two_dashes()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("send", "echo", "--", "--hello"));

        Assert.Equal("echo --hello", BodyOf(run));
    }

    [Fact]
    public async Task Sends_many_and_tells_how_fast()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello", "--count", "2500"));

        Assert.Equal(2500, run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Distinct().Count());
        Assert.Matches(@"^2,500 tasks confirmed in \d+\.\d\d s: [\d,]+ a second\n$", run.Error);
    }

    [Fact]
    public async Task Prints_message_ids_as_json()
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello", "--count", "2", "--json"));

        Assert.Equal(run.Broker.Sent.Select(message => message.Properties.MessageId), JsonNode.Parse(run.Out)!["message_ids"]!.AsArray().Select(id => (string?)id));
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData(false, "HELLO")]
    [InlineData(true, "HELLO\n")]
    public async Task Prints_the_result_as_it_is_and_a_line_end_for_people(bool terminal, string expected)
    {
        var run = new CliRun { IsTerminal = terminal };
        await AnswerAsync(run, "HELLO", "success");

        Assert.Equal(0, await run.RunAsync("send", "echo", "hello", "--wait"));

        Assert.Equal(expected, run.Out);
    }

    [Fact]
    public async Task Exits_with_1_and_prints_the_error_when_the_task_fails()
    {
        var run = new CliRun();
        await AnswerAsync(run, "echo hello\nError: no paper\nTrace: at Print()", "permanent", "no paper");

        Assert.Equal(1, await run.RunAsync("send", "echo", "hello", "--wait"));

        Assert.Empty(run.Out);
        Assert.Contains("failed in worker echo (permanent): no paper\nat Print()\n", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("success", 0, """{"fields":{"n":1}}""", """{"fields":{"n":1}}""")]
    [InlineData("temporary", 1, "text", "\"text\"")]
    public async Task Prints_the_result_as_json(string outcome, int exitCode, string body, string expected)
    {
        var run = new CliRun();
        await AnswerAsync(run, body, outcome, exitCode == 0 ? null : "busy");

        Assert.Equal(exitCode, await run.RunAsync("send", "echo", "hello", "--wait", "--json"));

        var json = JsonNode.Parse(run.Out)!;
        Assert.Equal(outcome, (string?)json["outcome"]);
        Assert.Equal(exitCode == 0 ? null : "busy", (string?)json["error"]);
        Assert.Equal(expected, json["body"]!.ToJsonString());
    }

    [Fact]
    public async Task Exits_with_75_when_no_result_comes_in_time()
    {
        var run = new CliRun();

        Assert.Equal(75, await run.RunAsync("send", "echo", "hello", "--wait", "--timeout", "30ms"));

        Assert.Matches("^taskqueue: no result in time. Task [0-9a-f-]{36}: waits at place 1 of 1 in taskqueue; no service answers: the task waits until they run.\n$", run.Error);
    }

    [Fact]
    public async Task Exits_with_75_when_no_confirm_comes_in_time()
    {
        var run = new CliRun();
        run.Broker.HoldsAnswers = true;

        Assert.Equal(75, await run.RunAsync("send", "echo", "hello", "--timeout", "30ms"));

        Assert.Contains("did not confirm within 0.03 s", run.Error, StringComparison.Ordinal);
    }

    private static string BodyOf(CliRun run) => Encoding.UTF8.GetString(Assert.Single(run.Broker.Sent).Body.Span);

    private static async Task AnswerAsync(CliRun run, string body, string outcome, string? error = null)
    {
        var token = TestContext.Current.CancellationToken;
        await run.Broker.DeclareQueueAsync(new QueueDefinition("taskqueue"), token);
        await run.Broker.ConsumeAsync(
            new QueueDefinition("taskqueue"),
            new ConsumerOptions(1),
            async task =>
            {
                var headers = new Dictionary<string, object?> { [HeaderNames.Outcome] = outcome, [HeaderNames.ResultOf] = "echo" };
                if (error is not null)
                {
                    headers[HeaderNames.Error] = error;
                }

                var properties = new MessageProperties { ContentType = "text/plain", CorrelationId = task.Properties.CorrelationId, Headers = headers };
                await run.Broker.PublishAsync(new OutgoingMessage(task.Properties.ReplyTo!, properties, Encoding.UTF8.GetBytes(body)), token);
            },
            token);
    }

    [Theory]
    [InlineData("--expires", "1ms")]
    [InlineData("--header", "x-taskqueue-expires=1000")]
    public async Task Says_of_a_task_that_expired_while_it_was_waited_for_that_it_will_not_run(string option, string value)
    {
        var run = new CliRun();
        string[] send = ["send", "echo", "hello", "--wait", "--timeout", "50ms", option, value];

        Assert.Equal(75, await run.RunAsync(send));
        var waits = run.Error;
        run.Broker.AnswerTo = sent =>
        {
            // As if the broker had dropped it.
            _ = run.Broker.DeleteQueueAsync("taskqueue", TestContext.Current.CancellationToken);
            return new PublishAnswer(PublishOutcome.Confirmed);
        };
        Assert.Equal(75, await run.RunAsync(send));

        Assert.Matches(@"no result in time\. Task \S+: waits at place 1 of 1 in taskqueue; it expired at \S+ \S+Z, so it will not be started\.\n$", waits);
        Assert.Matches(@"no result in time\. Task \S+: it expired at \S+ \S+Z, and will not be started\.\n$", run.Error);
    }
}
