using System.Text.Json.Nodes;

namespace TaskQueue.Cli.Tests.Configuring;

public sealed class ConfigCommandTests
{
    private const string Text = """
        [DEFAULT]
        timeout = 1h
        [amqp]
        host = rabbit1
        passwd = hunter2
        [taskqueue]
        plugin_dir = {folder}
        [resize]
        workers = 3
        """;

    [Fact]
    public async Task Shows_each_setting_with_who_has_set_it_and_masks_secrets()
    {
        using var config = new TemporaryConfig(Text);
        var run = new CliRun { Environment = { ["TASKQUEUE__AMQP__HOST"] = "rabbit2" } };

        Assert.Equal(0, await run.RunAsync("config", "show", "-c", config.Path));

        var lines = run.Out.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries))).ToList();
        Assert.Contains("host = rabbit2 ; TASKQUEUE__AMQP__HOST", lines);
        Assert.Contains($"passwd = *** ; {config.Path}:5", lines);
        Assert.Contains("queue_type = quorum ; default", lines);
        Assert.Contains($"timeout = 1h ; {config.Path}:2", lines);
        Assert.Equal(["[resize]", $"workers = 3 ; {config.Path}:9", ""], lines[lines.IndexOf("[resize]")..]);
        Assert.DoesNotContain("hunter2", run.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "send", "echo", "hello")]
    [InlineData(0, "buried", "list", "resize")]
    [InlineData(1, "status")]
    [InlineData(0, "results", "tail", "answers")]
    [InlineData(78, "results", "tail")]
    [InlineData(78, "audit", "--for", "1s")]
    [InlineData(78, "move", "--from", "embedded", "--to", "amqp://rabbit1")]
    [InlineData(78, "config", "check")]
    [InlineData(78, "config", "show")]
    [InlineData(1, "doctor")]
    [InlineData(78, "doctor", "--permissions")]
    public async Task What_is_wrong_in_a_section_of_workers_ends_the_commands_that_need_all_of_them(int exitCode, params string[] command)
    {
        using var config = new TemporaryConfig(Text + "\ntimeout = never\n");
        var run = new CliRun();
        await run.Broker.FillAsync(("taskqueue", 0), ("answers", 0));

        Assert.Equal(exitCode, await run.RunAsync([.. command, "-c", config.Path]));

        Assert.Equal(exitCode == 78 || command[0] == "doctor", (run.Out + run.Error).Contains("[resize] timeout = \"never\": expected", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Shows_all_that_a_worker_type_inherits()
    {
        using var config = new TemporaryConfig(Text);
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("config", "show", "resize", "--json", "-c", config.Path));

        var sections = JsonNode.Parse(run.Out)!["sections"]!.AsArray();
        Assert.Equal(["resize"], sections.Select(section => (string?)section!["section"]));
        var settings = sections[0]!["settings"]!.AsArray().ToDictionary(setting => (string)setting!["key"]!, setting => setting!, StringComparer.Ordinal);
        Assert.Equal(("3", $"{config.Path}:9", false), Of(settings["workers"]));
        Assert.Equal(("1h", $"{config.Path}:2", true), Of(settings["timeout"]));
        Assert.Equal(("5", "default", true), Of(settings["max_attempts"]));

        static (string?, string?, bool) Of(JsonNode setting) => ((string?)setting["value"], (string?)setting["origin"], (bool)setting["inherited"]!);
    }

    [Fact]
    public async Task Shows_nothing_of_what_is_neither_a_section_nor_a_plugin()
    {
        using var config = new TemporaryConfig(Text);
        var run = new CliRun();

        Assert.Equal(64, await run.RunAsync("config", "show", "resiez", "-c", config.Path));

        Assert.Equal("taskqueue: SECTION \"resiez\": there is neither a section nor a plugin of that name. Did you mean resize?\n", run.Error);
        Assert.Empty(run.Out);
    }

    [Fact]
    public async Task Prints_all_problems_at_once_and_exits_with_78()
    {
        using var config = new TemporaryConfig("[amqp]\nhots = rabbit1\nport = x\npasswd = hunter2\n");
        var text = new CliRun();
        var json = new CliRun();

        Assert.Equal(78, await text.RunAsync("config", "check", "-c", config.Path));
        Assert.Equal(78, await json.RunAsync("config", "check", "-c", config.Path, "--json"));

        Assert.Equal("2 problems\n", text.Out);
        Assert.Contains(":2: [amqp] hots: there is no such key. Did you mean host?\n", text.Error, StringComparison.Ordinal);
        Assert.Contains(":3: [amqp] port = \"x\": expected a number from 1 to 65535.\n", text.Error, StringComparison.Ordinal);
        Assert.Equal(2, JsonNode.Parse(json.Out)!["problems"]!.AsArray().Count);
        Assert.False((bool)JsonNode.Parse(json.Out)!["ok"]!);
    }

    [Fact]
    public async Task Prints_what_looks_wrong_and_exits_with_0()
    {
        using var config = new TemporaryConfig("[mail]\nuesr = rabbit1\n");
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("config", "check", "-c", config.Path));

        Assert.Equal($"{config.Path}: ok\n", run.Out);
        Assert.StartsWith($"warning: {config.Path}:2: [mail] uesr is handed to the plugin", run.Error, StringComparison.Ordinal);
    }
}
