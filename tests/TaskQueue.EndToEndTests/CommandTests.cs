using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Programs as workers, through the real services.</summary>
public sealed class CommandTests(Machine machine)
{
    // Ends as the body says: a number is an exit code, "crash" a signal, "sleep" never.
    private const string EndsAsTold =
        """"
        "/bin/sh -c 'read -r how; echo "told $how" >&2; case $how in crash) kill -ABRT $$ ;; sleep) exec sleep 3600 ;; *) echo "did $how"; exit $how ;; esac'"
        """";

    private static readonly string FooAndBar = $"""
        [DEFAULT]
        timeout = 1s
        release_delay = 100ms
        max_attempts = 2

        [foo]
        command = {EndsAsTold}

        [bar]
        command = {EndsAsTold}
        exit_codes = 65=permanent, 75=temporary, 5=success
        on_permanent_fail = delete
        on_temporary_fail = release
        on_timeout = bury
        on_crash = release
        on_unknown_fail = delete
        """;

    [Fact]
    public async Task Commands_say_by_exit_codes_whether_their_task_is_done_released_buried_or_deleted()
    {
        await using var site = await Site.SetUpAsync(machine, [], FooAndBar);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);
        var told = new Dictionary<string, (string Type, string How)>(StringComparer.Ordinal);
        foreach (var type in (string[])["foo", "bar"])
        {
            foreach (var how in (string[])["0", "1", "2", "3", "65", "75", "5", "crash", "sleep"])
            {
                told.Add(await SendAsync(site, type, $"{how}\n"), (type, how));
            }
        }

        var results = await site.ResultsAsync(told.Count);
        var buried = (await site.TakeAsync(site.Queues.Buried("foo"), 8)).Concat(await site.TakeAsync(site.Queues.Buried("bar"), 4)).ToDictionary();

        string Fate(string id) => buried.TryGetValue(id, out var message)
            ? $"{message.Properties.HeaderText(HeaderNames.Reason)} x{message.Properties.HeaderText(HeaderNames.Attempts)} buried"
            : results[id].Outcome == "success" ? results[id].Text.TrimEnd() : $"{results[id].Outcome} deleted";

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["foo 0"] = "did 0",
                ["foo 1"] = "permanent x1 buried",
                ["foo 2"] = "temporary x1 buried",
                ["foo 3"] = "unknown x1 buried",
                ["foo 65"] = "unknown x1 buried",
                ["foo 75"] = "unknown x1 buried",
                ["foo 5"] = "unknown x1 buried",
                ["foo crash"] = "crash x1 buried",
                ["foo sleep"] = "timeout x2 buried",
                ["bar 0"] = "did 0",
                ["bar 1"] = "permanent deleted",
                ["bar 2"] = "temporary x2 buried",
                ["bar 3"] = "unknown deleted",
                ["bar 65"] = "permanent deleted",
                ["bar 75"] = "temporary x2 buried",
                ["bar 5"] = "did 5",
                ["bar crash"] = "crash x2 buried",
                ["bar sleep"] = "timeout x1 buried",
            },
            told.ToDictionary(pair => $"{pair.Value.Type} {pair.Value.How}", pair => Fate(pair.Key)));
        var failed = told.First(pair => pair.Value == ("foo", "1")).Key;
        Assert.Equal("the command ended with exit code 1: told 1", results[failed].Error);
        Assert.Equal(1, pool.Count($"[foo#1 {failed}] told 1"));
        Assert.Equal("application/octet-stream", results[told.First(pair => pair.Value == ("foo", "0")).Key].Properties.ContentType);

        // No worker had to go for any of this.
        Assert.Equal(2, pool.Count("is ready"));
        await site.WaitsAsync(site.Queues.Worker("foo"), 0);
        await site.WaitsAsync(site.Queues.Worker("bar"), 0);
    }

    [Fact]
    public async Task The_examples_in_three_languages_work_as_their_config_says()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/cc"), "No C compiler: apt-get install gcc libc6-dev");
        await using var site = await Site.SetUpAsync(machine, []);
        var examples = Path.Combine(Installation.SourceTree, "examples", "commands");
        var programs = Path.Combine(site.Folder, "commands");
        Installation.Copy(examples, programs);
        Shell.Run("/usr/bin/cc", "-O2", "-o", Path.Combine(programs, "reverse"), Path.Combine(programs, "reverse.c"));
        var config = await File.ReadAllTextAsync(Path.Combine(examples, "config.ini"), TestContext.Current.CancellationToken);
        site.Configure(config.Replace("/usr/lib/taskqueue/commands", programs, StringComparison.Ordinal));
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 4);

        var sum = await site.SendAsync("sum", new JsonObject { ["numbers"] = new JsonArray(1, 2, 3) });
        var noSum = await site.SendAsync("sum", new JsonObject { ["numbers"] = 5 });
        var count = await SendAsync(site, "count-words", "a Rose is a rose; roses", ("word", "rose"));
        var injected = await SendAsync(site, "count-words", "x", ("word", $"$(touch {site.Folder}/injected); touch {site.Folder}/injected #"));
        var reverse = await SendAsync(site, "reverse", "olleh");

        var results = await site.ResultsAsync(5);
        Assert.Equal("""{"sum":6}""", results[sum].Field("answer")!.ToJsonString());
        Assert.Contains("numbers: expected a list of numbers", results[noSum].Json["error"]!.ToString(), StringComparison.Ordinal);
        Assert.Equal("2\n", results[count].Text);
        Assert.Equal("0\n", results[injected].Text);
        Assert.False(File.Exists($"{site.Folder}/injected"));
        Assert.Equal("hello", results[reverse].Text);
        Assert.Equal(1, pool.Count($"[count-words#1 {count}] looked for \"rose\" in task {count}, attempt 1"));
    }

    [Fact]
    public async Task A_command_of_100_MB_has_its_user_and_limits_and_no_more_memory_than_it_may()
    {
        using var user = new TemporaryUser();
        await using var site = await Site.SetUpAsync(machine, [], $$"""
            [who]
            command = /bin/sh -c 'cat >/dev/null; id -u; umask; ulimit -n; pwd; echo "$COLOUR $HOME"; stat -c %U "$1"' sh {body_file}
            user = {{user.Name}}
            umask = 027
            limit_nofile = 1234
            working_dir = /usr/share
            env_COLOUR = red

            [echo]
            command = cat
            max_output = 200M

            [eat]
            command = /usr/bin/perl -e '$x = "x" x 300_000_000; sleep 3600'
            limit_memory = 100M
            """);
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 3);
        var body = new byte[100 * 1024 * 1024];
        new Random(1).NextBytes(body);

        var who = await SendAsync(site, "who", "x");
        var echo = await SendAsync(site, "echo", body);
        var eat = await SendAsync(site, "eat", "x");

        var results = await site.ResultsAsync(3);
        Assert.Equal($"{user.Uid}\n0027\n1234\n/usr/share\nred /nonexistent\n{user.Name}\n", results[who].Text);
        Assert.True(body.AsSpan().SequenceEqual(results[echo].Body));
        Assert.Equal("crash", results[eat].Outcome);
        Assert.Contains("out of memory", results[eat].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_timeout_ends_all_that_a_command_has_started_also_what_ignores_it()
    {
        await using var site = await Site.SetUpAsync(machine, [], """
            [DEFAULT]
            timeout = 1s
            kill_after = 1s
            on_timeout = bury

            [deaf]
            command = /bin/sh -c 'trap "" TERM; setsid -f sleep 3600; sleep 3600 & sleep 3600; sleep 3600'

            [polite]
            command = /bin/sh -c 'sleep 3600 & setsid -f sleep 3600; sleep 3600'
            """);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 2);

        var deaf = await SendAsync(site, "deaf", "");
        var polite = await SendAsync(site, "polite", "");
        await RunsAsync(deaf, processes: 4);
        await RunsAsync(polite, processes: 4);

        foreach (var type in (string[])["deaf", "polite"])
        {
            Assert.Equal("timeout", (await site.TakeAsync(site.Queues.Buried(type), 1)).Single().Value.Properties.HeaderText(HeaderNames.Reason));
        }

        await RunsAsync(deaf, processes: 0);
        await RunsAsync(polite, processes: 0);
        await pool.LoggedAsync("is ready", times: 3);
        Assert.Equal(1, pool.Count("Worker polite#1 (pid"));
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("pool")]
    public async Task No_process_of_a_command_survives_a_killed_worker_or_pool_and_the_task_is_done_again(string victim)
    {
        await using var site = await Site.SetUpAsync(machine, [], """
            [slow]
            command = /bin/sh -c '[ -e "$1" ] && exec echo done; setsid -f sleep 3600; sleep 3600 & sleep 3600' sh {field:flag}
            on_crash = release
            """);
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var flag = Path.Combine(site.Folder, "flag");
        var id = await site.SendAsync("slow", new JsonObject { ["flag"] = flag });
        await RunsAsync(id, processes: 4);
        await File.WriteAllTextAsync(flag, "", TestContext.Current.CancellationToken);

        if (victim == "pool")
        {
            pool.KillHard();
        }
        else
        {
            Shell.Run("kill", "-KILL", $"{Assert.Single(ProcessFacts.WorkersOf(pool.Pid))}");
        }

        await RunsAsync(id, processes: 0);
        if (victim == "pool")
        {
            await site.StartPoolAsync(ready: 1);
        }

        Assert.Equal("done\n", (await site.ResultsAsync(1))[id].Text);
    }

    [Fact]
    public async Task A_pool_that_stops_lets_its_commands_finish()
    {
        await using var site = await Site.SetUpAsync(machine, [], "[slow]\ncommand = /bin/sh -c 'sleep 1; echo done'\n");
        await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        var id = await SendAsync(site, "slow", "");
        await RunsAsync(id, processes: 2);

        Assert.Equal(0, await pool.StopAsync());

        Assert.Equal("done\n", (await site.ResultsAsync(1))[id].Text);
    }

    private static async Task RunsAsync(string messageId, int processes) => await Eventually.TrueAsync(
        () => ProcessFacts.WithVariable($"TASKQUEUE_MESSAGE_ID={messageId}").Count == processes,
        () => $"{processes} processes of task {messageId}; there are {string.Join(", ", ProcessFacts.WithVariable($"TASKQUEUE_MESSAGE_ID={messageId}").Select(ProcessFacts.CommandLine))}");

    private static Task<string> SendAsync(Site site, string type, string body, params (string Name, string Value)[] headers) =>
        SendAsync(site, type, Encoding.UTF8.GetBytes(body), headers);

    private static async Task<string> SendAsync(Site site, string type, byte[] body, params (string Name, string Value)[] headers)
    {
        var properties = new MessageProperties { ContentType = "application/octet-stream", MessageId = Guid.NewGuid().ToString("N") }
            .WithHeaders([new(HeaderNames.WorkerType, type), .. headers.Select(header => KeyValuePair.Create(header.Name, (object?)header.Value))]);
        await site.PublishAsync(site.Queues.TaskQueue, properties, body);
        return properties.MessageId!;
    }
}
