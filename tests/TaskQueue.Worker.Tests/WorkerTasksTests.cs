using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests;

public sealed class WorkerTasksTests
{
    [Fact]
    public async Task Returns_what_the_plugin_returns()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker");

        var result = await worker.RunAsync("some text");

        Assert.Equal(TaskOutcome.Success, result.Outcome);
        var part = Assert.Single(result.Results);
        Assert.Null(part.RoutingKey);
        Assert.Equal("text/plain", part.ContentType);
        Assert.Equal("type some text", result.OnlyBody());
    }

    [Fact]
    public async Task Sends_no_message_when_the_plugin_returns_null()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnNullWorker");

        var result = await worker.RunAsync();

        Assert.Equal(TaskOutcome.Success, result.Outcome);
        Assert.Empty(result.Results);
    }

    [Fact]
    public async Task Tells_the_plugin_what_is_known_about_the_task()
    {
        await using var worker = await RunningWorker.StartAsync("TellContextWorker", frame => frame with { WorkerType = "aliased" });

        var body = """{"fields":{"params":{"worker_type":"aliased"}},"unknown":12345678901234567890123}"""u8.ToArray();
        var taskId = await worker.SendTaskAsync(body, contentType: null, task => task with
        {
            Attempt = 3,
            Headers = new Dictionary<string, object?> { ["customer"] = "c-1", ["size"] = 5L },
        });
        var root = (await worker.ResultAsync(taskId)).Json();

        Assert.Equal("12345678901234567890123", root["unknown"]!.ToJsonString());
        Assert.Equal(
            """{"message_id":"m1","correlation_id":"c1","worker_type":"aliased","attempt":3,"headers":{"customer":"c-1","size":"5"}}""",
            root["fields"]!["answer"]!.ToJsonString());
    }

    [Fact]
    public async Task Gives_the_plugin_its_settings()
    {
        await using var worker = await RunningWorker.StartAsync("TellSettingsWorker", frame => frame with
        {
            Settings = new Dictionary<string, string> { ["Model"] = "large", ["path"] = "/srv" },
        });

        var settings = JsonNode.Parse((await worker.RunAsync()).Answer())!;

        Assert.Equal("large", settings["Model"]!.ToString());
        Assert.Equal("/srv", settings["path"]!.ToString());
    }

    [Fact]
    public async Task Runs_as_many_tasks_at_once_as_it_is_given()
    {
        await using var worker = await RunningWorker.StartAsync("SleepStubbornWorker");

        // Each blocks a thread for longer than the thread pool takes to notice.
        var tasks = new List<long>();
        for (var i = 0; i < 20; i++)
        {
            tasks.Add(await worker.SendTaskAsync("1"));
        }

        var started = TimeProvider.System.GetTimestamp();
        foreach (var taskId in tasks.ToHashSet())
        {
            await worker.NextAsync<ResultFrame>(result => tasks.Remove(result.TaskId));
        }

        Assert.Empty(tasks);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(8));
    }

    [Fact]
    public async Task Fires_the_cancellation_token_of_the_one_task_that_is_cancelled()
    {
        await using var worker = await RunningWorker.StartAsync("SleepWorker");

        var kept = await worker.SendTaskAsync("1");
        var cancelled = await worker.SendTaskAsync("600");
        await worker.NextAsync<ProgressFrame>(progress => progress.TaskId == cancelled);
        await worker.SendAsync(new CancelFrame(cancelled));
        var result = await worker.ResultAsync(cancelled);

        Assert.Equal(TaskOutcome.Cancelled, result.Outcome);
        Assert.Contains("cancelled", result.Error, StringComparison.Ordinal);
        Assert.Equal(TaskOutcome.Success, (await worker.ResultAsync(kept)).Outcome);
    }

    [Fact]
    public async Task Starts_a_task_when_the_result_of_the_one_before_it_is_sent()
    {
        await using var worker = await RunningWorker.StartAsync("SleepWorker", configure => configure with { Concurrency = 1 });

        var tasks = new List<long>();
        for (var i = 0; i < 5; i++)
        {
            tasks.Add(await worker.SendTaskAsync("0.01"));
        }

        await worker.ResultAsync(tasks[^1]);

        Assert.Equal(
            tasks.SelectMany(task => new[] { (task, false), (task, true) }),
            worker.Seen.Where(frame => frame is ProgressFrame or ResultFrame).Select(
                frame => frame is ResultFrame result ? (result.TaskId, true) : (((ProgressFrame)frame).TaskId, false)));
        Assert.All(worker.Seen.OfType<ResultFrame>(), result => Assert.InRange(result.Duration.TotalSeconds, 0.005, 5));
    }

    [Fact]
    public async Task Gives_back_what_it_has_not_started_when_asked()
    {
        await using var worker = await RunningWorker.StartAsync("SleepWorker", configure => configure with { Concurrency = 1 });
        var running = await worker.SendTaskAsync("600");
        var (second, third) = (await worker.SendTaskAsync("600"), await worker.SendTaskAsync("600"));
        await worker.NextAsync<ProgressFrame>(progress => progress.TaskId == running);

        await worker.SendAsync(new CancelFrame(third));
        Assert.Equal(TaskOutcome.NotStarted, (await worker.ResultAsync(third)).Outcome);
        await worker.SendAsync(new RecallFrame());
        Assert.Equal(TaskOutcome.NotStarted, (await worker.ResultAsync(second)).Outcome);

        await worker.SendAsync(new CancelFrame(running));
        Assert.Equal(TaskOutcome.Cancelled, (await worker.ResultAsync(running)).Outcome);
        Assert.Equal(TaskOutcome.Success, (await worker.RunAsync("0")).Outcome);
    }

    [Fact]
    public async Task Takes_a_cancelled_exception_that_nobody_asked_for_as_a_failure()
    {
        await using var worker = await RunningWorker.StartAsync("FailWorker");

        Assert.Equal(TaskOutcome.UnknownFailure, (await worker.RunAsync("cancelled")).Outcome);
    }

    [Fact]
    public async Task Ignores_the_cancellation_of_a_task_that_has_ended()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker");
        var first = await worker.RunAsync();

        await worker.SendAsync(new CancelFrame(first.TaskId));

        Assert.Equal(TaskOutcome.Success, (await worker.RunAsync()).Outcome);
    }

    [Fact]
    public async Task Reports_a_permanent_failure_with_the_work_item_as_it_came_and_its_error()
    {
        await using var worker = await RunningWorker.StartAsync("FailWorker");

        var body = """{"fields":{"params":{"worker_type":"fail","argument":"permanent"}},"other":[1,2.50]}"""u8.ToArray();
        var result = await worker.ResultAsync(await worker.SendTaskAsync(body, "application/json"));

        Assert.Equal(TaskOutcome.PermanentFailure, result.Outcome);
        Assert.Equal("the input is bad", result.Error);
        Assert.Equal("TaskQueue.PermanentFailureException", result.ErrorType);
        Assert.Null(result.RetryAfter);
        Assert.Equal("application/json", result.Results[0].ContentType);
        var root = result.Json();
        Assert.Equal("the input is bad", root["error"]!.ToString());
        Assert.Contains("at TaskQueue.TestPlugins.FailWorker.HandleTask", root["trace"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("[1,2.50]", root["other"]!.ToJsonString());
        Assert.Null(root["fields"]!["answer"]);
    }

    [Theory]
    [InlineData("temporary 90", TaskOutcome.TemporaryFailure, "the service is down", 90)]
    [InlineData("wrapped", TaskOutcome.TemporaryFailure, "down, says a parallel loop", null)]
    [InlineData("unknown", TaskOutcome.UnknownFailure, "System.InvalidOperationException: a bug in two lines", null)]
    [InlineData("reflected", TaskOutcome.UnknownFailure, "System.InvalidOperationException: said by reflection", null)]
    [InlineData("static", TaskOutcome.UnknownFailure, "System.InvalidOperationException: the library is missing", null)]
    [InlineData("unprintable", TaskOutcome.UnknownFailure, "TaskQueue.TestPlugins.UnprintableException: TaskQueue.TestPlugins.UnprintableException", null)]
    public async Task Tells_the_kinds_of_failures_apart(string argument, TaskOutcome outcome, string error, int? retryAfterSeconds)
    {
        await using var worker = await RunningWorker.StartAsync("FailWorker");

        var result = await worker.RunAsync(argument);

        Assert.Equal(outcome, result.Outcome);
        Assert.Equal(error, result.Error);
        Assert.Equal(retryAfterSeconds, result.RetryAfter?.TotalSeconds);
        Assert.StartsWith($"type {argument}\nError: {error}\nTrace: ", result.OnlyBody(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_the_texts_of_a_failure_short()
    {
        await using var worker = await RunningWorker.StartAsync("FailWorker");

        var result = await worker.RunAsync("long");

        Assert.InRange(result.Error!.Length, 500, 1000);
        Assert.InRange(result.Trace!.Length, 500, 16 * 1024);
        Assert.InRange(result.Results[0].Body.Length, 500, 20 * 1024);
    }

    [Fact]
    public async Task Refuses_a_content_type_that_the_plugin_does_not_accept()
    {
        await using var worker = await RunningWorker.StartAsync("AcceptPngWorker");

        var refused = await worker.RunAsync("not an image");
        var image = await worker.SendTaskAsync([0x89, 0x50, 0x4E, 0x47, 0], "image/png", task => task with { DispatchedByHeader = true });
        var taken = await worker.ResultAsync(image);

        Assert.Equal(TaskOutcome.PermanentFailure, refused.Outcome);
        Assert.Contains("does not take text/plain (application/x-basic-workitem); it takes image/png", refused.Error, StringComparison.Ordinal);
        Assert.Equal("accept-png 5", taken.OnlyBody());
        Assert.Equal("text/plain", taken.Results[0].ContentType);
    }

    [Fact]
    public async Task Refuses_a_body_that_cannot_be_decoded_and_returns_it_as_it_came()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker");

        var result = await worker.ResultAsync(await worker.SendTaskAsync("{ not json"u8.ToArray(), "application/json"));

        Assert.Equal(TaskOutcome.PermanentFailure, result.Outcome);
        Assert.Equal("TaskQueue.MalformedWorkItemException", result.ErrorType);
        Assert.Equal("{ not json", result.OnlyBody());
    }

    [Fact]
    public async Task Understands_formats_of_plugins_and_shares_their_types_with_the_worker_beside_them()
    {
        await using var worker = await RunningWorker.StartAsync("CsvSumWorker", frame => frame with
        {
            Formats = [new PluginClass(Artifacts.TestPlugins, "TaskQueue.TestPlugins.CsvWorkItemFormat")],
            WorkItemTypeMap = new Dictionary<string, string> { ["text/csv"] = "application/x-csv-workitem" },
        });

        var sum = await worker.ResultAsync(await worker.SendTaskAsync("csv-sum,1,2,39"u8.ToArray(), "text/csv; header=absent"));
        var failed = await worker.ResultAsync(await worker.SendTaskAsync("csv-sum,1,x"u8.ToArray(), "application/x-csv-workitem"));

        Assert.Equal("csv-sum,1,2,39,42", sum.OnlyBody());
        Assert.Equal("csv-sum,1,x,error=\"x\" is not a number", failed.OnlyBody());
    }

    [Fact]
    public async Task Works_without_a_format_that_does_not_load_and_says_so()
    {
        await using var worker = await RunningWorker.StartAsync("ReturnWorker", frame => frame with
        {
            Formats = [new PluginClass("/nowhere/gone.dll", "Gone"), new PluginClass(Artifacts.TestPlugins, "TaskQueue.TestPlugins.ReturnWorker")],
        });

        Assert.Equal("x", (await worker.RunAsync("x")).Answer());
        Assert.Contains(worker.Lines(0), line => line.StartsWith("/nowhere/gone.dll: the format Gone does not load", StringComparison.Ordinal));
        Assert.Contains(worker.Lines(0), line => line.Contains("ReturnWorker is not a TaskQueue.IWorkItemFormat", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Sends_several_results_to_where_the_plugin_wants_them()
    {
        await using var worker = await RunningWorker.StartAsync("ResultsTwoWorker");

        var result = await worker.RunAsync("audit");

        Assert.Equal([null, "audit"], result.Results.Select(part => part.RoutingKey));
        Assert.All(result.Results, part => Assert.Equal("type audit", Encoding.UTF8.GetString(part.Body.Span)));
    }

    [Fact]
    public async Task Refuses_results_that_cannot_be_sent()
    {
        await using var worker = await RunningWorker.StartAsync("ResultsTwoWorker");
        await using var endless = await RunningWorker.StartAsync("ResultsEndlessWorker");

        var nowhere = await worker.RunAsync("");
        var tooLong = await worker.RunAsync(new string('q', 256));
        var tooMany = await endless.RunAsync();

        Assert.All([nowhere, tooLong, tooMany], result => Assert.Equal(TaskOutcome.PermanentFailure, result.Outcome));
        Assert.Contains("routing key \"\"", nowhere.Error, StringComparison.Ordinal);
        Assert.Contains("1 to 255 bytes", tooLong.Error, StringComparison.Ordinal);
        Assert.Contains("10000 messages", tooMany.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Results_have_max_result_at_most_and_failures_fit_it()
    {
        await using var worker = await RunningWorker.StartAsync("ResultsTwoWorker", configure => configure with { MaxResultBytes = 100 });

        var fits = await worker.RunAsync(new string('q', 20));
        var tooLarge = await worker.RunAsync(new string('q', 90));

        Assert.Equal(TaskOutcome.Success, fits.Outcome);
        Assert.Equal(TaskOutcome.PermanentFailure, tooLarge.Outcome);
        Assert.Contains("max_result, 100 bytes", tooLarge.Error, StringComparison.Ordinal);
        Assert.True(Assert.Single(tooLarge.Results).Body.IsEmpty);
    }

    [Fact]
    public async Task Passes_progress_on_at_a_bounded_rate_and_never_loses_the_last_report()
    {
        await using var worker = await RunningWorker.StartAsync("ProgressWorker");

        var started = TimeProvider.System.GetTimestamp();
        await worker.RunAsync("100000");
        var elapsed = TimeProvider.System.GetElapsedTime(started);

        var reports = worker.Seen.OfType<ProgressFrame>().ToList();
        Assert.InRange(reports.Count, 2, 3 + (elapsed.TotalSeconds * 10));
        Assert.Equal(1.0, reports[^1].Fraction);
        Assert.Equal("step 100000", reports[^1].Message);
        Assert.IsType<ResultFrame>(worker.Seen[^1]);
    }

    [Fact]
    public async Task Runs_the_example_plugins()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        await File.WriteAllTextAsync(file, "hello\n", TestContext.Current.CancellationToken);
        await using var echo = await StartExampleAsync("echo", "TaskQueue.Plugins.Echo.EchoWorker");
        await using var checksum = await StartExampleAsync("checksum", "TaskQueue.Plugins.Checksum.ChecksumWorker");
        await using var markdown = await StartExampleAsync("markdown", "TaskQueue.Plugins.Markdown.MarkdownWorker");
        try
        {
            var echoed = await echo.RunAsync("as it came");
            var summed = await checksum.ResultAsync(await checksum.SendTaskAsync(ChecksumOf(file), "application/json"));
            var missing = await checksum.ResultAsync(await checksum.SendTaskAsync(ChecksumOf("/no/such/file"), "application/json"));
            var rendered = await markdown.RunAsync("# Title <b>");

            Assert.Equal("as it came", echoed.Answer());
            Assert.Equal("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03", summed.Json()["fields"]!["sha256"]!.ToString());
            Assert.Equal("6", summed.Json()["fields"]!["size"]!.ToString());
            Assert.Equal(TaskOutcome.PermanentFailure, missing.Outcome);
            Assert.Equal("field path = \"/no/such/file\": there is no such file", missing.Error);
            Assert.Equal("<h1 id=\"title-b\">Title &lt;b&gt;</h1>\n", rendered.Answer());
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static byte[] ChecksumOf(string path) =>
        Encoding.UTF8.GetBytes(new JsonObject { ["fields"] = new JsonObject { ["path"] = path } }.ToJsonString());

    private static Task<RunningWorker> StartExampleAsync(string name, string className) => RunningWorker.StartAsync(
        name, frame => frame with { Plugin = new PluginClass(Artifacts.ExamplePlugin(name), className) });
}
