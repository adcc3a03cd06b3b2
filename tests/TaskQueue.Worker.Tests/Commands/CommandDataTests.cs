using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Worker.Tests.Support;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tests.Commands;

/// <summary>What commands read and print.</summary>
public sealed class CommandDataTests
{
    private const int OneHundredMegabytes = 100 * 1024 * 1024;

    // What a shell, printf or a header would take for more than text.
    private const string Hostile = "; touch /tmp/x && $(id) `id` ${HOME} 'a' \"b\" \\ * ? ~ | > y < z & # %s {field:b} \n--help\t-rf é 💥";

    [Fact]
    public async Task The_body_arrives_on_standard_input_and_what_is_printed_is_the_result_byte_for_byte()
    {
        await using var worker = await RunningCommand.ShellAsync("cat");
        byte[] body = [0, 255, .. "text\r\n"u8, 0xC3, 0x28];

        // As JSON, which it is not: nobody looks.
        var result = await worker.ResultAsync(await worker.SendTaskAsync(body, "application/json"));

        Assert.Equal(TaskOutcome.Success, result.Outcome);
        Assert.Equal(body, result.Bytes());
        Assert.Equal("application/octet-stream", result.Results[0].ContentType);
    }

    [Fact]
    public async Task An_empty_body_and_an_empty_output_are_a_task_and_a_result()
    {
        await using var worker = await RunningCommand.ShellAsync("exec cat", command => command with { ResultContentType = "text/plain" });

        var part = Assert.Single((await worker.RunBytesAsync([])).Results);

        Assert.Equal(0, part.Body.Length);
        Assert.Equal("text/plain", part.ContentType);
    }

    [Fact]
    public async Task A_body_of_100_MB_goes_through()
    {
        await using var worker = await RunningCommand.ShellAsync("cat");
        var body = new byte[OneHundredMegabytes];
        new Random(1).NextBytes(body);

        var result = await worker.RunBytesAsync(body);

        Assert.Equal(SHA256.HashData(body), SHA256.HashData(result.Bytes()));
    }

    [Theory]
    [InlineData("exit 0", TaskOutcome.Success)]
    [InlineData("exec <&-; sleep 0.1; echo done", TaskOutcome.Success)]
    [InlineData("head -c 10 >/dev/null; exit 1", TaskOutcome.PermanentFailure)]
    public async Task A_command_need_not_read_its_input(string script, TaskOutcome outcome)
    {
        await using var worker = await RunningCommand.ShellAsync(script);

        Assert.Equal(outcome, (await worker.RunBytesAsync(new byte[OneHundredMegabytes])).Outcome);
    }

    [Fact]
    public async Task A_command_that_closes_its_output_early_is_waited_for()
    {
        await using var worker = await RunningCommand.ShellAsync("echo early; exec >&-; exec 2>&-; sleep 0.3; exit 2");

        Assert.Equal(TaskOutcome.TemporaryFailure, (await worker.RunBytesAsync([])).Outcome);
    }

    [Fact]
    public async Task A_command_that_prints_too_much_is_killed_and_fails_for_good()
    {
        await using var worker = await RunningCommand.ShellAsync("echo $$ >&2; exec cat /dev/zero", command => command with { MaxOutputBytes = 1000 });

        var result = await worker.RunBytesAsync([]);

        Assert.Equal(TaskOutcome.PermanentFailure, result.Outcome);
        Assert.StartsWith("the command printed more than max_output, 1000 bytes", result.Error, StringComparison.Ordinal);
        await RunningCommand.GoneAsync(int.Parse(worker.Lines(taskId: 1).First(), CultureInfo.InvariantCulture), "the command");
    }

    [Fact]
    public async Task As_much_as_max_output_is_not_too_much()
    {
        await using var worker = await RunningCommand.ShellAsync("head -c 1000 /dev/zero", command => command with { MaxOutputBytes = 1000 });

        Assert.Equal(1000, (await worker.RunBytesAsync([])).Bytes().Length);
    }

    [Fact]
    public async Task Fields_ids_and_headers_reach_a_command_as_data_whatever_they_hold()
    {
        await using var worker = await RunningCommand.ShellAsync(
            """printf '%s\0' "$#" "$@" "$TASKQUEUE_MESSAGE_ID" "$TASKQUEUE_HEADER_X_NAME" "$TASKQUEUE_CORRELATION_ID" "$TASKQUEUE_CONTENT_TYPE" "$TASKQUEUE_ATTEMPT" "$TASKQUEUE_WORKER_TYPE"; cat""",
            RunningCommand.Field("a"),
            RunningCommand.Field("nested.b"),
            RunningCommand.Field("list.1"),
            RunningCommand.Field("fei.wfid"),
            RunningCommand.Field("dotted.name"),
            new ArgumentPart(ArgumentSource.MessageId),
            new ArgumentPart(ArgumentSource.WorkerType));
        var json = new JsonObject
        {
            ["fei"] = new JsonObject { ["wfid"] = "w1" },
            ["fields"] = new JsonObject
            {
                ["a"] = Hostile,
                ["nested"] = new JsonObject { ["b"] = new JsonArray(1, "é") },
                ["list"] = new JsonArray("x", ""),
                ["dotted.name"] = 5,
            },
        }.ToJsonString();

        var task = await worker.SendTaskAsync(Encoding.UTF8.GetBytes(json), "application/json", frame => frame with
        {
            MessageId = Hostile,
            Attempt = 7,
            Headers = new Dictionary<string, object?> { ["x-name"] = Hostile },
        });

        var printed = (await worker.ResultAsync(task)).OnlyBody().Split('\0');
        Assert.Equal(["7", Hostile, "[1,\"é\"]", "", "w1", "5", Hostile, "cmd", Hostile, Hostile, "c1", "application/json", "7", "cmd", json], printed);
    }

    [Theory]
    [InlineData("""{"fields":{"b":1}}""", "the command wants the field \"a\", which the task does not have")]
    [InlineData("""{"fields":{"a":null}}""", "the command wants the field \"a\", which the task does not have")]
    [InlineData("""{"fields":{"a":"x\u0000y"}}""", "the field \"a\" holds a NUL character")]
    [InlineData("no json", "ruote workitem: the body is not JSON")]
    public async Task A_task_without_what_the_command_wants_fails_for_good_and_is_not_run(string body, string error)
    {
        await using var worker = await RunningCommand.ShellAsync("echo ran >&2", RunningCommand.Field("a"));

        var result = await worker.RunJsonAsync(body);

        Assert.Equal(TaskOutcome.PermanentFailure, result.Outcome);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
        Assert.Empty(worker.Lines(taskId: 1));
    }

    [Fact]
    public async Task A_message_id_with_a_NUL_is_refused_and_an_argument_that_is_too_long_too()
    {
        await using var worker = await RunningCommand.ShellAsync("echo ran >&2", RunningCommand.Field("a"));

        var nul = await worker.ResultAsync(await worker.SendTaskAsync("""{"fields":{"a":"b"}}"""u8.ToArray(), "application/json", frame => frame with { MessageId = "a\0b" }));
        var tooLong = await worker.RunJsonAsync($$$"""{"fields":{"a":"{{{new string('x', 200_000)}}}"}}""");

        Assert.Equal((TaskOutcome.PermanentFailure, "the message id holds a NUL character, which no argument or variable of a program can"), (nul.Outcome, nul.Error));
        Assert.Equal((TaskOutcome.PermanentFailure, "too long"), (tooLong.Outcome, tooLong.ErrorType));
    }

    [Fact]
    public async Task Headers_that_no_variable_can_hold_are_left_out_and_named()
    {
        await using var worker = await RunningCommand.ShellAsync("env -0 | grep -z '^TASKQUEUE_' | grep -Evz '^TASKQUEUE_(RUN=|TEST_)' | sort -z | tr '\\0' '\\n'");

        var result = await worker.RunBytesAsync([], frame => frame with
        {
            ContentType = null,
            Headers = new Dictionary<string, object?>
            {
                ["a-b"] = "one",
                ["a_b"] = "another",
                ["nul"] = "a\0b",
                ["long"] = new string('x', 40_000),
                ["bytes"] = new byte[] { 0xFF },
                ["nothing"] = null,
                ["yes"] = true,
                ["number"] = -5L,
                ["real"] = 1.5,
                ["é=;$(x)"] = "odd",
            },
        });

        Assert.Equal(
            """
            TASKQUEUE_ATTEMPT=1
            TASKQUEUE_CONTENT_ENCODING=
            TASKQUEUE_CONTENT_TYPE=
            TASKQUEUE_CORRELATION_ID=c1
            TASKQUEUE_HEADER_A_B=one
            TASKQUEUE_HEADER_NOTHING=
            TASKQUEUE_HEADER_NUMBER=-5
            TASKQUEUE_HEADER_REAL=1.5
            TASKQUEUE_HEADER_YES=true
            TASKQUEUE_HEADER______X_=odd
            TASKQUEUE_MESSAGE_ID=m1
            TASKQUEUE_OMITTED_HEADERS=TASKQUEUE_HEADER_A_B TASKQUEUE_HEADER_BYTES TASKQUEUE_HEADER_LONG TASKQUEUE_HEADER_NUL
            TASKQUEUE_WORKER_TYPE=cmd

            """,
            result.OnlyBody());
    }

    [Fact]
    public async Task The_body_may_come_as_a_file_that_nobody_else_can_read_and_that_goes_with_the_task()
    {
        await using var worker = await RunningCommand.ShellAsync(
            """printf '%s\n' "$1"; stat -c %a "$1"; stat -c %a "$(dirname "$1")"; cat - "$1" """, RunningCommand.BodyFile);

        var task = await worker.SendTaskAsync("../../etc/passwd"u8.ToArray(), "text/plain", frame => frame with { MessageId = "../../m" });

        var lines = (await worker.ResultAsync(task)).OnlyBody().Split('\n');
        Assert.Equal(["600", "700", "../../etc/passwd"], lines[1..]);
        Assert.Matches("^/tmp/taskqueue-[A-Za-z0-9]+/body-1$", lines[0]);
        Assert.False(File.Exists(lines[0]));
        await worker.SendAsync(new StopFrame());
        Assert.Equal(0, await worker.ExitAsync());
        await GoneFolderAsync(Path.GetDirectoryName(lines[0])!);
    }

    [Fact]
    public async Task The_output_may_go_into_a_field_of_the_workitem()
    {
        await using var worker = await RunningCommand.ShellAsync("printf 'a\\nb\\n\\n'", command => command with { ResultField = "answer.text" });

        var result = await worker.RunJsonAsync("""{"fei":{"x":12345678901234567890},"fields":{"a":1,"answer":"old"}}""");

        Assert.Equal("""{"fei":{"x":12345678901234567890},"fields":{"a":1,"answer":{"text":"a\nb"}}}""", result.OnlyBody());
        Assert.Equal("application/json", result.Results[0].ContentType);
    }

    [Fact]
    public async Task The_output_goes_into_a_field_as_JSON_when_it_is_said_to_be_that()
    {
        await using var worker = await RunningCommand.ShellAsync("cat", command => command with { ResultField = "answer", ResultContentType = "application/json" });

        Assert.Equal("{\"fields\":{\"answer\":{\"fields\":{}}}}", (await worker.RunJsonAsync("""{"fields":{}}""")).OnlyBody());
    }

    [Theory]
    [InlineData("application/json", "echo no", "the command's output is not what a field can hold")]
    [InlineData("text/plain", "printf '\\377'", "the command's output is not what a field can hold")]
    public async Task Output_that_no_field_can_hold_is_a_failure(string type, string script, string error)
    {
        await using var worker = await RunningCommand.ShellAsync(script, command => command with { ResultField = "answer", ResultContentType = type });

        var result = await worker.RunJsonAsync("""{"fields":{}}""");

        Assert.Equal(TaskOutcome.PermanentFailure, result.Outcome);
        Assert.StartsWith(error, result.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_field_for_the_output_needs_a_workitem_that_has_fields()
    {
        await using var worker = await RunningCommand.ShellAsync("echo ran >&2", command => command with { ResultField = "answer" });

        Assert.StartsWith("result_field = answer wants a JSON object", (await worker.RunAsync("text")).Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_flood_on_standard_error_is_cut_into_bounded_lines_and_the_last_are_kept()
    {
        await using var worker = await RunningCommand.ShellAsync("head -c 100000 /dev/zero | tr '\\0' x >&2; echo >&2; seq 100 >&2; exit 1");

        var result = await worker.RunBytesAsync([]);

        Assert.Equal("the command ended with exit code 1: 100", result.Error);
        Assert.Equal(string.Join('\n', Enumerable.Range(51, 50)), result.Trace);
        Assert.Equal(101, worker.Lines(taskId: 1).Count());
        Assert.All(worker.Lines(taskId: 1), line => Assert.True(line.Length < 9000));
    }


    private static async Task GoneFolderAsync(string folder)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (Directory.Exists(folder))
        {
            Assert.False(deadline.IsCancellationRequested, $"{folder} is still there");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }
}
