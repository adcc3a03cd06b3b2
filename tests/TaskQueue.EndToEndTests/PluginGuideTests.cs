using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Follows docs/plugins.md to the letter.</summary>
public sealed partial class PluginGuideTests(Machine machine)
{
    [Fact]
    public async Task The_plugin_of_the_guide_builds_is_found_and_handles_its_task()
    {
        await using var site = await Site.SetUpAsync(machine, [], "[greet]\ngreeting = Hi\n");
        var project = Directory.CreateDirectory(Path.Combine(site.Folder, "greet"));
        await File.WriteAllTextAsync(Path.Combine(project.FullName, "greet.csproj"), Block("xml"), TestContext.Current.CancellationToken);
        await File.WriteAllTextAsync(Path.Combine(project.FullName, "GreetWorker.cs"), Block("csharp"), TestContext.Current.CancellationToken);

        Shell.Run(
            "dotnet", "build", project.FullName, "-c", "Release", "-o", Path.Combine(site.PluginFolder, "greet"),
            $"-p:TaskQueueDir={Path.GetDirectoryName(machine.Installation.Worker)}", "-nodeReuse:false", "-p:UseSharedCompilation=false");
        await site.StartDispatcherAsync();
        await site.StartPoolAsync(ready: 1);

        var id = await site.SendAsync("greet", new JsonObject { ["name"] = "Ada" });
        Assert.Equal("Hi, Ada!", (await site.ResultsAsync(1))[id].Field("text")!.ToString());
    }

    // The first code block of a language, without the indentation of the list it stands in.
    private static string Block(string language)
    {
        var guide = File.ReadAllText(Path.Combine(Installation.SourceTree, "docs", "plugins.md"));
        var block = CodeBlock().Matches(guide).First(match => match.Groups["language"].Value == language);
        return string.Join('\n', block.Groups["code"].Value.Split('\n').Select(line => line.StartsWith("   ", StringComparison.Ordinal) ? line[3..] : line));
    }

    [GeneratedRegex(@"^ *```(?<language>\w+)\n(?<code>.*?)^ *```", RegexOptions.Multiline | RegexOptions.Singleline | RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CodeBlock();
}
