using System.Text.Json.Nodes;

namespace TaskQueue.Cli.Tests.PluginList;

public sealed class PluginsCommandTests
{
    [Fact]
    public async Task Names_what_cannot_be_loaded_and_exits_with_1()
    {
        using var config = new TemporaryConfig("[taskqueue]\nplugin_dir = {folder}\n");
        await File.WriteAllTextAsync(Path.Combine(config.Folder, "broken.dll"), "no assembly", TestContext.Current.CancellationToken);
        var text = new CliRun();
        var json = new CliRun();

        Assert.Equal(1, await text.RunAsync("plugins", "-c", config.Path));
        Assert.Equal(1, await json.RunAsync("plugins", config.Folder, "--json"));

        Assert.Contains($"problem: {config.Folder}/broken.dll: the file is not a .NET assembly", text.Error, StringComparison.Ordinal);
        var problem = Assert.Single(JsonNode.Parse(json.Out)!["problems"]!.AsArray())!;
        Assert.Equal($"{config.Folder}/broken.dll", (string?)problem["path"]);
    }

    [Fact]
    public async Task Says_that_a_folder_is_empty()
    {
        using var config = new TemporaryConfig("");
        var run = new CliRun();

        Assert.Equal(0, await run.RunAsync("plugins", config.Folder));

        Assert.Equal($"taskqueue: there is no plugin in {config.Folder}.\n", run.Error);
    }
}
