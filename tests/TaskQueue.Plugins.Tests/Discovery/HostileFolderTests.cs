using System.Diagnostics;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using TaskQueue.Files;

namespace TaskQueue.Plugins.Tests.Discovery;

/// <summary>Plugin folders in which somebody has put what does not belong there.</summary>
[SupportedOSPlatform("linux")]
public sealed class HostileFolderTests : IDisposable
{
    private readonly PluginDirectory _plugins = new();

    public void Dispose() => _plugins.Dispose();

    [Theory]
    [Trait("Case", "C6")]
    [InlineData("pipe.dll", "pipe.dll is a named pipe; expected a regular file")]
    [InlineData("own/own.dll", "own.dll is a named pipe; expected a regular file")]
    [InlineData("one.deps.json", "one.deps.json is a named pipe; expected a regular file")]
    public void A_pipe_is_named_and_not_waited_for(string pipe, string problem)
    {
        _plugins.Write("one.dll", module => PluginDirectory.Worker(module, "OneWorker"));
        _plugins.Write("two.dll", module => PluginDirectory.Worker(module, "TwoWorker"));
        Directory.CreateDirectory(Path.GetDirectoryName(_plugins.PathOf(pipe))!);
        MakePipe(_plugins.PathOf(pipe));

        var catalog = _plugins.Scan();

        Assert.Contains(catalog.Workers, worker => worker.WorkerType == "two");
        Assert.Contains(problem, Assert.Single(catalog.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "C6")]
    public void Loops_of_links_and_folders_without_a_bottom_end()
    {
        _plugins.Write("x/x.dll", module => PluginDirectory.Worker(module, "OneWorker"));
        File.CreateSymbolicLink(_plugins.PathOf("loop.dll"), "loop.dll");
        foreach (var name in (string[])["a", "b", "c"])
        {
            File.CreateSymbolicLink(_plugins.PathOf("x", name), ".");
        }

        var catalog = _plugins.Scan();
        var files = FolderTree.Files(_plugins.PathOf("x"));
        Directory.CreateDirectory(_plugins.PathOf([.. Enumerable.Repeat("deep", 60).Prepend("x")]));
        var deep = _plugins.Scan();

        Assert.Equal("one", Assert.Single(catalog.Workers).WorkerType);
        Assert.Contains("symbolic links", Assert.Single(catalog.Problems).Message, StringComparison.Ordinal);
        Assert.Equal(_plugins.PathOf("x", "x.dll"), Assert.Single(files).Path);
        Assert.Empty(deep.Workers);
        Assert.Contains(deep.Problems, problem => problem.Message.Contains("folders more than 40 deep", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Case", "C6")]
    public void Code_in_a_folder_that_cannot_be_looked_through_is_not_trusted_and_nothing_is_thrown()
    {
        _plugins.Write("x/x.dll", module => PluginDirectory.Worker(module, "OneWorker"));
        var before = _plugins.Scan();
        Directory.CreateDirectory(_plugins.PathOf([.. Enumerable.Repeat("deep", 60).Prepend("x")]));

        var distrust = PluginTrust.Find(Assert.Single(before.Workers).AssemblyPath, before, FileStatus.Of(_plugins.PathOf("x"))!.Owner);

        Assert.Contains("folders more than 40 deep", $"{distrust}", StringComparison.Ordinal);
    }

    [Fact]
    public void A_reference_assembly_is_not_offered()
    {
        _plugins.Write("one.dll", module =>
        {
            PluginDirectory.Worker(module, "OneWorker");
            ((AssemblyBuilder)module.Assembly).SetCustomAttribute(
                new CustomAttributeBuilder(typeof(ReferenceAssemblyAttribute).GetConstructor(Type.EmptyTypes)!, []));
        });

        var catalog = _plugins.Scan();

        Assert.Empty(catalog.Workers);
        Assert.Contains("reference assembly", Assert.Single(catalog.Problems).Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Case", "C7")]
    [InlineData("x/x.dll")]
    [InlineData("x/deep/library.so")]
    [InlineData("x/deep")]
    [InlineData("x")]
    [InlineData("")]
    [InlineData("plain.dll")]
    [InlineData("library.dll")]
    public void Whatever_a_plugin_loads_and_every_folder_on_the_way_must_be_safe(string open)
    {
        _plugins.Write("x/x.dll", module => PluginDirectory.Worker(module, "OneWorker"));
        Directory.CreateDirectory(_plugins.PathOf("x", "deep"));
        File.WriteAllText(_plugins.PathOf("x", "deep", "library.so"), "");
        _plugins.Write("plain.dll", module => PluginDirectory.Worker(module, "TwoWorker"));
        _plugins.Write("library.dll", _ => { });
        var (me, path) = (FileStatus.Of(_plugins.Root)!.Owner, _plugins.PathOf(open).TrimEnd('/'));
        var plugin = _plugins.PathOf(open is "plain.dll" or "library.dll" ? "plain.dll" : "x/x.dll");
        var catalog = _plugins.Scan();
        Assert.Null(PluginTrust.Find(plugin, catalog, me));

        File.SetUnixFileMode(path, File.GetUnixFileMode(path) | UnixFileMode.OtherWrite);

        var distrust = PluginTrust.Find(plugin, catalog, me)!;
        Assert.Equal(path, distrust.Path);
        Assert.Contains($"chown root: {path} && chmod go-w {path}", distrust.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Case", "C7")]
    public void A_link_is_followed_to_where_others_could_change_what_it_leads_to()
    {
        var (store, me) = (_plugins.PathOf("store"), FileStatus.Of(_plugins.Root)!.Owner);
        Directory.CreateDirectory(Path.Combine(store, "bin"));
        File.WriteAllText(Path.Combine(store, "bin", "program"), "");
        File.CreateSymbolicLink(_plugins.PathOf("program"), "store/../store/bin/program");
        Assert.Null(FileTrust.Find(_plugins.PathOf("program"), me));

        File.SetUnixFileMode(store, File.GetUnixFileMode(store) | UnixFileMode.OtherWrite);
        Assert.Equal(store, FileTrust.Find(_plugins.PathOf("program"), me)?.Path);

        File.SetUnixFileMode(store, File.GetUnixFileMode(store) | UnixFileMode.StickyBit);
        Assert.Null(FileTrust.Find(_plugins.PathOf("program"), me));
        Assert.Equal(store, FileTrust.Find(store, me, isFolderOfCode: true)?.Path);
    }

    private static void MakePipe(string path)
    {
        using var process = Process.Start("mkfifo", path);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
