using TaskQueue.Cli.Completion;
using TaskQueue.Cli.Tests.Aside;

namespace TaskQueue.Cli.Tests.Completion;

public sealed class CompletionTests
{
    [Theory]
    [InlineData(" sta", "status")]
    [InlineData(" buried ki", "kick")]
    [InlineData(" cancel", "cancellations")]
    [InlineData(" status --wa", "--watch")]
    [InlineData(" completion ", "zsh")]
    public async Task Suggests_commands_options_and_values(string line, string expected)
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync($"[suggest:{line.Length}]", line));

        Assert.Contains(expected, Words(run));
        Assert.Empty(run.Error);
    }

    [Fact]
    public async Task Describes_what_it_suggests_and_leaves_out_what_does_not_begin_like_the_word_or_belongs_to_another_system()
    {
        var run = new CliRun();

        await run.RunAsync("[suggest:3]", "can");
        var commands = run.Out;
        await run.RunAsync("[suggest:9]", "where --h");
        var options = run.Out;
        await run.RunAsync("[suggest:6]", "where ");

        Assert.Equal("cancel\tEnd tasks: one that runs is told to end and killed kill_after later, on…\ncancellations\tLook at the remembered cancellations, and take them back\n", commands);
        Assert.Equal("--help\tShow help and usage information\n", options);
        Assert.DoesNotContain("/", run.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("--", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Suggests_the_ids_and_hosts_that_a_person_has_seen_lately()
    {
        using var folder = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n[resize]\n");
        var (person, script) = (SeenBy(folder, canAsk: true), SeenBy(folder, canAsk: false));
        await AsideFill.AddAsync(person.Broker, "worker_resize.buried", [], AsideFill.Buried("7f3a11"), AsideFill.Buried("$(x) y"));
        await AsideFill.AddAsync(script.Broker, "worker_resize.buried", [], AsideFill.Buried("81bc22"));
        person.Recent!.AddHost("web3", "workerpool");

        await person.RunAsync("buried", "list", "resize");
        await script.RunAsync("buried", "list", "resize");

        foreach (var (line, expected) in (IEnumerable<(string, string)>)
            [("where ", "7f3a11\tresize buried\n"), ("where 7f3a11 ", "resize\tworker type\n"), ("cancel 7", "7f3a11\tresize buried\n"), ("buried show resize --id ", "7f3a11\tresize buried\n"), ("alive --host w", "web3\tworkerpool\n")])
        {
            var run = SeenBy(folder, canAsk: false);
            Assert.Equal(0, await run.RunAsync($"[suggest:{line.Length}]", line));
            Assert.Equal(expected, run.Out);
        }
    }

    [Fact]
    public async Task Suggests_the_groups_of_the_configuration()
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n[resize]\nworkers = small, big\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };

        await run.RunAsync("[suggest:23]", "scale resize 2 --group ");

        Assert.Equal("big\tgroup of resize\nsmall\tgroup of resize\n", run.Out);
    }

    [Fact]
    public void Remembers_the_latest_hundred_names_in_a_file_of_its_own()
    {
        using var folder = new TemporaryConfig("");
        var file = Path.Combine(Path.GetDirectoryName(folder.Path)!, "cache", "recent.json");
        foreach (var i in Enumerable.Range(0, 150))
        {
            var names = new RecentNames(file);
            names.AddId($"m{i % 120}", $"note {i}");
            names.AddId("two words", "");
            names.Save();
        }

        Assert.Equal(100, new RecentNames(file).Ids.Count);
        Assert.Equal(new RecentNames.Name("m29", "note 149"), new RecentNames(file).Ids[0]);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        File.WriteAllText(file, "{\"ids\": 7}");
        Assert.Empty(new RecentNames(file).Ids);
    }

    [Theory]
    [InlineData("send res", "resize")]
    [InlineData("buried list ", "resize")]
    [InlineData("clear worker", "worker_resize")]
    [InlineData("clear dev_w", "dev_worker_resize")]
    [InlineData("wait task", "taskqueue")]
    public async Task Suggests_worker_types_and_queues_of_the_configuration(string line, string expected)
    {
        using var config = new TemporaryConfig("[amqp]\nqueue_prefix = dev_\n[taskqueue]\nplugin_dir = {folder}\n[resize]\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };

        Assert.Equal(0, await run.RunAsync($"[suggest:{line.Length}]", line));

        Assert.Contains(expected, Words(run));
    }

    [Fact]
    public async Task Suggests_nothing_and_says_nothing_when_the_configuration_is_wrong()
    {
        using var config = new TemporaryConfig("[amqp]\nhots = 1\n");
        var run = new CliRun { Environment = { ["TASKQUEUE_CONFIG"] = config.Path } };

        Assert.Equal(0, await run.RunAsync("[suggest:8]", "send zzz"));

        Assert.Equal("", run.Out.Trim());
        Assert.Empty(run.Error);
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _taskqueue taskqueue")]
    [InlineData("zsh", "#compdef taskqueue")]
    [InlineData("fish", "complete -c taskqueue")]
    public async Task Prints_a_script_for_each_shell(string shell, string expected)
    {
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("completion", shell));

        Assert.Contains(expected, run.Out, StringComparison.Ordinal);
        Assert.Contains("[suggest:", run.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Knows_no_other_shell()
    {
        var run = new CliRun();

        Assert.Equal(64, await run.RunAsync("completion", "tcsh"));

        Assert.Contains("SHELL \"tcsh\": expected bash, zsh or fish.", run.Error, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Words(CliRun run) => run.Out.Split('\n').Select(line => line.Split('\t')[0]);

    private static CliRun SeenBy(TemporaryConfig folder, bool canAsk) => new()
    {
        CanAsk = canAsk,
        Recent = new RecentNames(Path.Combine(Path.GetDirectoryName(folder.Path)!, "recent.json")),
        Environment = { ["TASKQUEUE_CONFIG"] = folder.Path },
    };
}
