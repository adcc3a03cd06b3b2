using System.Reflection;
using System.Reflection.Emit;
using System.Text;

namespace TaskQueue.Plugins.Tests.Discovery;

public sealed class PluginDiscoveryTests : IDisposable
{
    private readonly PluginDirectory _plugins = new();

    public void Dispose() => _plugins.Dispose();

    [Fact]
    public void Finds_workers_and_formats_in_folders_and_in_files()
    {
        _plugins.Install("testplugins");
        _plugins.Install("markdown");
        File.Copy(Path.Combine(PluginDirectory.Built("echo"), "echo.dll"), _plugins.PathOf("echo.dll"));

        var catalog = _plugins.Scan();

        Assert.Empty(catalog.Problems);
        Assert.Contains(new PluginWorker("echo", _plugins.PathOf("echo.dll"), "TaskQueue.Plugins.Echo.EchoWorker"), catalog.Workers);
        Assert.Contains(new PluginWorker("markdown", _plugins.PathOf("markdown", "markdown.dll"), "TaskQueue.Plugins.Markdown.MarkdownWorker"), catalog.Workers);
        Assert.Contains(new PluginWorker("csv-sum", _plugins.PathOf("testplugins", "testplugins.dll"), "TaskQueue.TestPlugins.CsvSumWorker"), catalog.Workers);
        Assert.Equal(new PluginFormat(_plugins.PathOf("testplugins", "testplugins.dll"), "TaskQueue.TestPlugins.CsvWorkItemFormat"), Assert.Single(catalog.Formats));
        Assert.Equal(catalog.Workers.Select(worker => worker.WorkerType).Order(StringComparer.Ordinal), catalog.Workers.Select(worker => worker.WorkerType));
    }

    [Fact]
    public void Runs_no_code_of_a_plugin()
    {
        _plugins.Install("testplugins");

        _plugins.Scan();

        Assert.DoesNotContain(AppDomain.CurrentDomain.GetAssemblies(), assembly => assembly.Location == _plugins.PathOf("testplugins", "testplugins.dll"));
    }

    [Fact]
    public void Offers_nothing_where_there_is_nothing() => Assert.Empty(_plugins.Scan().Problems);

    [Fact]
    public void Says_so_when_the_folder_is_missing()
    {
        var problem = Assert.Single(PluginDiscovery.Scan(_plugins.PathOf("missing")).Problems);

        Assert.Contains("there is no such folder", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Ignores_hidden_files_other_files_and_copies_of_the_abstractions()
    {
        File.Copy(typeof(BaseWorker).Assembly.Location, _plugins.PathOf("TaskQueue.Abstractions.dll"));
        File.WriteAllText(_plugins.PathOf(".hidden.dll"), "");
        File.WriteAllText(_plugins.PathOf("readme.txt"), "");
        _plugins.Install("echo", ".echo");
        Directory.CreateDirectory(_plugins.PathOf("empty"));

        var catalog = _plugins.Scan();

        Assert.Empty(catalog.Problems);
        Assert.Empty(catalog.Workers);
    }

    [Theory]
    [InlineData("")]
    [InlineData("this is not a DLL")]
    public void Reports_a_file_that_is_not_a_DLL(string content)
    {
        File.WriteAllText(_plugins.PathOf("corrupt.dll"), content);
        _plugins.Install("echo");

        var catalog = _plugins.Scan();

        Assert.Contains("not a .NET assembly, or is damaged", Assert.Single(catalog.Problems).Message, StringComparison.Ordinal);
        Assert.Single(catalog.Workers);
    }

    [Fact]
    public void Survives_damage_wherever_it_is()
    {
        var whole = File.ReadAllBytes(Path.Combine(PluginDirectory.Built("echo"), "echo.dll"));
        for (var i = 0; i < 200; i++)
        {
            var damaged = i % 2 == 0 ? whole[..(whole.Length * i / 200)] : (byte[])whole.Clone();
            var at = damaged.Length * (i % 100) / 100;
            damaged.AsSpan(at, Math.Min(16, damaged.Length - at)).Fill(0xA5);
            File.WriteAllBytes(_plugins.PathOf("damaged.dll"), damaged);

            var catalog = _plugins.Scan();

            Assert.All(catalog.Problems, problem => Assert.DoesNotContain('\n', problem.Message));
            Assert.True(catalog.Workers.Count + catalog.Problems.Count > 0);
        }
    }

    [Fact]
    public void Reports_a_DLL_without_workers()
    {
        _plugins.Write("library.dll", module => module.DefineType("Helper", TypeAttributes.Public).CreateType());

        var problem = Assert.Single(_plugins.Scan().Problems);

        Assert.Contains("it has no workers", problem.Message, StringComparison.Ordinal);
        Assert.False(problem.IsNote);
    }

    [Fact]
    public void Says_little_of_a_library_that_lies_beside_its_plugin()
    {
        _plugins.Install("markdown");
        Directory.Move(_plugins.PathOf("markdown"), _plugins.PathOf("moved"));
        foreach (var file in Directory.EnumerateFiles(_plugins.PathOf("moved")))
        {
            File.Move(file, _plugins.PathOf(Path.GetFileName(file)));
        }

        Directory.Delete(_plugins.PathOf("moved"));

        var catalog = _plugins.Scan();

        Assert.Equal("markdown", Assert.Single(catalog.Workers).WorkerType);
        Assert.True(Assert.Single(catalog.Problems).IsNote);
    }

    [Fact]
    public void Reports_a_missing_dependency()
    {
        _plugins.Install("markdown", only: file => file != "Markdig.dll" && !file.EndsWith(".deps.json", StringComparison.Ordinal));

        var catalog = _plugins.Scan();

        Assert.Empty(catalog.Workers);
        Assert.Contains("it needs Markdig 1.6.0.0 (not found)", Assert.Single(catalog.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_a_missing_dependency_that_the_deps_json_names()
    {
        _plugins.Install("markdown", only: file => file != "Markdig.dll");

        var catalog = _plugins.Scan();

        Assert.Empty(catalog.Workers);
        Assert.Contains("Markdig", Assert.Single(catalog.Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_a_plugin_that_was_built_for_a_newer_version()
    {
        _plugins.Write("newer.dll", module =>
        {
            var future = new PersistedAssemblyBuilder(new AssemblyName("TaskQueue.Abstractions") { Version = new Version(99, 0, 0, 0) }, typeof(object).Assembly);
            var worker = future.DefineDynamicModule("TaskQueue.Abstractions").DefineType("TaskQueue.BaseWorker", TypeAttributes.Public | TypeAttributes.Abstract);
            worker.DefineDefaultConstructor(MethodAttributes.Family);
            worker.CreateType();
            var plugin = module.DefineType("FutureWorker", TypeAttributes.Public, worker);
            plugin.DefineDefaultConstructor(MethodAttributes.Public);
            plugin.CreateType();
        });

        var problem = Assert.Single(_plugins.Scan().Problems);

        Assert.Contains("it needs TaskQueue.Abstractions 99.0.0.0 (this host has ", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_a_folder_whose_DLL_has_another_name()
    {
        _plugins.Install("echo", "other");

        Assert.Contains("no other.dll", Assert.Single(_plugins.Scan().Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Lets_the_first_of_two_classes_that_claim_a_type_count()
    {
        File.Copy(Path.Combine(PluginDirectory.Built("echo"), "echo.dll"), _plugins.PathOf("b.dll"));
        _plugins.Write("a.dll", module =>
        {
            PluginDirectory.Worker(module, "Late", "echo");
            PluginDirectory.Worker(module, "EchoWorker");
        });

        var catalog = _plugins.Scan();

        Assert.Equal(new PluginWorker("echo", _plugins.PathOf("a.dll"), "EchoWorker"), Assert.Single(catalog.Workers));
        Assert.Equal([_plugins.PathOf("a.dll"), _plugins.PathOf("b.dll")], catalog.Problems.Select(problem => problem.Path));
        Assert.All(catalog.Problems, problem => Assert.Contains($"which EchoWorker in {_plugins.PathOf("a.dll")} serves already", problem.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void Names_worker_types_by_attribute_or_class()
    {
        _plugins.Write("names.dll", module =>
        {
            PluginDirectory.Worker(module, "My.Space.ImageResizeWorker");
            PluginDirectory.Worker(module, "My.Space.Other", "Renamed.1");
        });

        Assert.Equal(["Renamed.1", "imageresize"], _plugins.Scan().Workers.Select(worker => worker.WorkerType));
    }

    [Fact]
    public void Reports_classes_that_cannot_serve_and_offers_the_others()
    {
        _plugins.Write("mixed.dll", module =>
        {
            PluginDirectory.Worker(module, "Fine");
            PluginDirectory.Worker(module, "Bad", "no spaces");
            PluginDirectory.Worker(module, "Closed", hasConstructor: false);
            PluginDirectory.Worker(module, "Hidden", attributes: TypeAttributes.NotPublic);
            PluginDirectory.Worker(module, "Base", attributes: TypeAttributes.Public | TypeAttributes.Abstract);
        });

        var catalog = _plugins.Scan();

        Assert.Equal("fine", Assert.Single(catalog.Workers).WorkerType);
        Assert.Equal(2, catalog.Problems.Count);
        Assert.Contains("class Bad names its worker type \"no spaces\"; expected 1 to 128 letters", catalog.Problems[0].Message, StringComparison.Ordinal);
        Assert.Contains("class Closed has no public constructor without parameters", catalog.Problems[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Hints_at_a_class_that_only_is_not_public()
    {
        _plugins.Write("hidden.dll", module => PluginDirectory.Worker(module, "HiddenWorker", attributes: TypeAttributes.NotPublic));

        Assert.Contains("make HiddenWorker public", Assert.Single(_plugins.Scan().Problems).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reports_a_deps_json_that_is_damaged()
    {
        _plugins.Install("markdown");
        File.WriteAllText(_plugins.PathOf("markdown", "markdown.deps.json"), "{ not json", Encoding.UTF8);

        var catalog = _plugins.Scan();

        Assert.Empty(catalog.Workers);
        Assert.Single(catalog.Problems);
    }
}
