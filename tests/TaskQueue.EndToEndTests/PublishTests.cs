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
        // Where there is an installation it was made by that script as well.
        if (BuiltPrograms.Installation is { } installation)
        {
            Installation.Copy(installation, folder);
        }
        else
        {
            Shell.Run(Script, folder);
        }

        var dispatcher = site.Start(Path.Combine(folder, "taskqueue-dispatcher"), "--config", site.ConfigFile);
        await dispatcher.LoggedAsync("Dispatching");
        var pool = site.Start(Path.Combine(folder, "taskqueue-workerpool"), "--config", site.ConfigFile);
        await pool.LoggedAsync("Serving");
        await SendAsync("before");

        var output = Shell.Run(Script, folder);
        Assert.EndsWith(
            $"\nTaskQueue {Shell.Run(Path.Combine(folder, "taskqueue"), "--version").Split(' ')[0]} is in {folder}\n"
            + $"Everything in one process, with its messages in ~/tasks: {folder}/taskqueue-standalone --data ~/tasks --plugins {folder}/plugins\n",
            output,
            StringComparison.Ordinal);
        await SendAsync("after");
        Assert.Empty(Missing(folder));
        var unit = await File.ReadAllTextAsync(Path.Combine(folder, "lib", "systemd", "system", "taskqueue-workerpool.service"), TestContext.Current.CancellationToken);
        Assert.Contains($"\nExecStart={folder}/taskqueue-workerpool\n", unit, StringComparison.Ordinal);
        Assert.Contains($"\nExecReload={folder}/reload $MAINPID workerpool\n", unit, StringComparison.Ordinal);
        Assert.Equal(["config.ini", "installation", "plugins"], Directory.EnumerateFileSystemEntries(site.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));

        async Task SendAsync(string text)
        {
            var id = await site.SendAsync("echo", new JsonObject { ["text"] = text });
            Assert.Contains(id, await site.ResultsAsync(1));
        }
    }

    // What deploy/manifest lists, which the Debian packages hold as well.
    private static List<string> Missing(string folder)
    {
        var rows = File.ReadAllLines(Path.Combine(Installation.SourceTree, "deploy", "manifest"))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(row => row is [not "#", ..]);
        var hasPandoc = Shell.Try("/bin/sh", "", "-c", "command -v pandoc").ExitCode == 0;
        var expected = rows.SelectMany(row => row[0] switch
        {
            "program" => [row[1]],
            "plugin" => [$"plugins/{row[1]}/{row[1]}.dll"],
            "library" => [$"{row[1]}.xml", .. row[1] == "TaskQueue.Abstractions" ? (string[])["worker/TaskQueue.Abstractions.xml"] : []],
            "file" when row[1].StartsWith("made/man/", StringComparison.Ordinal) && !hasPandoc => [],
            "file" when row[1].EndsWith(".sysusers", StringComparison.Ordinal) => ["lib/sysusers.d/taskqueue.conf"],
            "file" => (string[])[Path.Combine(row[3] == "usr/lib/taskqueue" ? "" : row[3]["usr/".Length..], Path.GetFileName(row[1]))],
            _ => throw new InvalidDataException($"deploy/manifest: {string.Join(' ', row)}"),
        });
        return [.. expected.Append("config.ini.example").Where(path => !Path.Exists(Path.Combine(folder, path)))];
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
