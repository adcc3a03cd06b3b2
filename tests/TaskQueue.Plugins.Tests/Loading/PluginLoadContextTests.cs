using System.Reflection;
using System.Runtime.Loader;

namespace TaskQueue.Plugins.Tests.Loading;

public sealed class PluginLoadContextTests : IDisposable
{
    private const string MarkdownWorker = "TaskQueue.Plugins.Markdown.MarkdownWorker";

    private readonly PluginDirectory _plugins = new();

    public void Dispose() => _plugins.Dispose();

    [Fact]
    public void Gives_a_plugin_its_own_version_of_a_library_that_the_host_has_too()
    {
        var hosts = typeof(Markdig.Markdown).Assembly;
        var worker = new PluginLoadContext(Path.Combine(PluginDirectory.Built("markdown"), "markdown.dll")).Create<BaseWorker>(MarkdownWorker);

        worker.OnStart();
        var result = (BasicWorkItem)worker.HandleTask(new BasicWorkItem("markdown", "*hello*"), new TaskContext())!;

        Assert.Equal("<p><em>hello</em></p>\n", result.Text);
        Assert.Equal(new Version(0, 31, 0, 0), hosts.GetName().Version);
        Assert.Same(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(hosts));
        var plugins = AssemblyLoadContext.GetLoadContext(worker.GetType().Assembly)!.Assemblies.Single(assembly => assembly.GetName().Name == "Markdig");
        Assert.Equal(new Version(1, 6, 0, 0), plugins.GetName().Version);
    }

    [Fact]
    public void Shares_the_abstractions_although_the_plugin_brings_a_copy()
    {
        _plugins.Install("echo");
        File.Copy(typeof(BaseWorker).Assembly.Location, _plugins.PathOf("echo", "TaskQueue.Abstractions.dll"));

        var worker = new PluginLoadContext(_plugins.PathOf("echo", "echo.dll")).Create<BaseWorker>("TaskQueue.Plugins.Echo.EchoWorker");

        Assert.NotSame(AssemblyLoadContext.Default, AssemblyLoadContext.GetLoadContext(worker.GetType().Assembly));
        Assert.Same(typeof(BaseWorker).Assembly, worker.GetType().BaseType!.Assembly);
    }

    [Fact]
    public void Loads_the_classes_of_one_context_from_one_assembly()
    {
        var context = new PluginLoadContext(Path.Combine(PluginDirectory.Built("testplugins"), "testplugins.dll"));

        var format = context.Create<IWorkItemFormat>("TaskQueue.TestPlugins.CsvWorkItemFormat");
        var worker = context.Create<BaseWorker>("TaskQueue.TestPlugins.CsvSumWorker");

        Assert.Same(format.GetType().Assembly, worker.GetType().Assembly);
    }

    [Theory]
    [InlineData("TaskQueue.TestPlugins.NoSuchWorker", "cannot be loaded")]
    [InlineData("TaskQueue.TestPlugins.CsvWorkItemFormat", "is not a TaskQueue.BaseWorker")]
    [InlineData("TaskQueue.TestPlugins.StartConstructorFailsWorker", "failed: System.InvalidOperationException: thrown by the constructor")]
    public void Says_why_a_class_cannot_be_used(string className, string reason)
    {
        var path = Path.Combine(PluginDirectory.Built("testplugins"), "testplugins.dll");

        var error = Assert.Throws<PluginLoadException>(() => new PluginLoadContext(path).Create<BaseWorker>(className));

        Assert.StartsWith(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(className, error.Message, StringComparison.Ordinal);
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Says_so_when_the_DLL_is_missing_or_damaged()
    {
        File.WriteAllText(_plugins.PathOf("damaged.dll"), "not a DLL");

        Assert.Throws<PluginLoadException>(() => new PluginLoadContext(_plugins.PathOf("missing.dll")).Create<BaseWorker>("Any"));
        Assert.Throws<PluginLoadException>(() => new PluginLoadContext(_plugins.PathOf("damaged.dll")).Create<BaseWorker>("Any"));
    }

    [Fact]
    public void Says_so_when_a_dependency_is_missing()
    {
        _plugins.Install("markdown", only: file => file == "markdown.dll");

        // The class itself needs the library only for a field; the runtime looks when it needs the field's type.
        var error = Record.Exception(() => new PluginLoadContext(_plugins.PathOf("markdown", "markdown.dll")).Create<BaseWorker>(MarkdownWorker).OnStart());

        Assert.Contains("Markdig", Assert.IsAssignableFrom<Exception>(error).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Finds_every_worker_that_discovery_finds()
    {
        _plugins.Install("testplugins");
        var constructors = _plugins.Scan().Workers
            .Where(worker => worker.WorkerType != "start-constructor-fails")
            .Select(worker => new PluginLoadContext(worker.AssemblyPath).Create<BaseWorker>(worker.TypeName).GetType().GetConstructor(BindingFlags.Public | BindingFlags.Instance, []))
            .ToList();

        Assert.True(constructors.Count > 20);
        Assert.DoesNotContain(null, constructors);
    }
}
