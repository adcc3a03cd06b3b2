using System.Text.Json.Nodes;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What publish.sh makes is an installation.</summary>
public sealed class PublishTests(Machine machine)
{
    private static readonly string Script = Path.Combine(Installation.SourceTree, "publish.sh");

    [Fact]
    public async Task The_folder_has_all_that_runs_and_is_replaced_while_it_does()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"]);
        var folder = Path.Combine(site.Folder, "installation");
        Shell.Run(Script, folder);
        var dispatcher = site.Start(Path.Combine(folder, "taskqueue-dispatcher"), "--config", site.ConfigFile);
        await dispatcher.LoggedAsync("Dispatching");
        var pool = site.Start(Path.Combine(folder, "taskqueue-workerpool"), "--config", site.ConfigFile);
        await pool.LoggedAsync("Serving");
        await SendAsync("before");

        var output = Shell.Run(Script, folder);
        Assert.Equal($"TaskQueue {Shell.Run(Path.Combine(folder, "taskqueue"), "--version").Trim()} is in {folder}\n", output);
        await SendAsync("after");
        Assert.Equal(["config.ini", "installation", "plugins"], Directory.EnumerateFileSystemEntries(site.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        async Task SendAsync(string text)
        {
            var id = await site.SendAsync("echo", new JsonObject { ["text"] = text });
            Assert.Contains(id, await site.ResultsAsync(1));
        }
    }

    [Fact]
    public void A_folder_that_is_no_installation_is_left_alone()
    {
        var folder = Directory.CreateTempSubdirectory("taskqueue-publish-");
        try
        {
            File.WriteAllText(Path.Combine(folder.FullName, "thesis.txt"), "irreplaceable");

            var (exitCode, output, error) = Shell.Try(Script, "", folder.FullName);

            Assert.Equal((1, ""), (exitCode, output));
            Assert.Equal($"publish.sh: {folder.FullName} is no installation of TaskQueue, and not empty; expected another folder, or that one emptied.\n", error);
            Assert.Equal("thesis.txt", Assert.Single(folder.EnumerateFileSystemInfos()).Name);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
