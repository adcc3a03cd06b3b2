using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.Tests.Planning;

public sealed class PluginFilesTests : IDisposable
{
    private static readonly DateTime LongAgo = DateTime.UnixEpoch.AddYears(50);

    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("taskqueue-");
    private readonly string _dll;

    public PluginFilesTests()
    {
        _dll = Write("x/x.dll", "code");
        Write("x/lib/native.so", "machine code");
    }

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void The_state_stays_while_nothing_changes() => Assert.Equal(PluginFiles.StateOf(_dll), PluginFiles.StateOf(_dll));

    [Theory]
    [InlineData("x/x.dll", "other code")]
    [InlineData("x/x.dll", "edoc")]
    [InlineData("x/x.deps.json", "{}")]
    [InlineData("x/lib/native.so", "other machine code")]
    [InlineData("x/data/new.txt", "")]
    public void The_state_changes_with_any_file_of_the_folder_even_if_its_time_stays(string file, string content)
    {
        var before = PluginFiles.StateOf(_dll);

        Write(file, content);

        Assert.NotEqual(before, PluginFiles.StateOf(_dll));
    }

    [Fact]
    public void The_state_changes_when_a_file_goes()
    {
        var before = PluginFiles.StateOf(_dll);

        File.Delete(Path.Combine(_root.FullName, "x/lib/native.so"));

        Assert.NotEqual(before, PluginFiles.StateOf(_dll));
    }

    [Fact]
    public void The_state_changes_when_a_link_leads_to_another_version()
    {
        Write("x-1/x.dll", "code");
        Write("x-2/x.dll", "code");
        var link = Path.Combine(_root.FullName, "linked", "x");
        Directory.CreateDirectory(Path.GetDirectoryName(link)!);
        Directory.CreateSymbolicLink(link, Path.Combine(_root.FullName, "x-1"));
        var before = PluginFiles.StateOf(Path.Combine(link, "x.dll"));

        Directory.Delete(link);
        Directory.CreateSymbolicLink(link, Path.Combine(_root.FullName, "x-2"));

        Assert.NotEqual(before, PluginFiles.StateOf(Path.Combine(link, "x.dll")));
    }

    [Fact]
    public void A_plugin_without_a_folder_of_its_own_has_nothing_to_do_with_its_neighbours()
    {
        var dll = Write("y.dll", "code");
        var before = PluginFiles.StateOf(dll);

        Write("z.dll", "code");

        Assert.Equal(before, PluginFiles.StateOf(dll));
    }

    [Fact]
    public void A_plugin_that_is_gone_has_a_state_of_its_own()
    {
        var before = PluginFiles.StateOf(_dll);

        File.Delete(_dll);

        Assert.NotEqual(before, PluginFiles.StateOf(_dll));
    }

    private string Write(string file, string content)
    {
        var path = Path.Combine(_root.FullName, file);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
        File.SetLastWriteTimeUtc(path, LongAgo);
        return path;
    }
}
