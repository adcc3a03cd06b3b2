using System.Reflection;

namespace TaskQueue.Worker.Tests.Support;

/// <summary>Where the build put things.</summary>
internal static class Artifacts
{
    private static string Root => Metadata("Artifacts");

    public static string Worker => Path.Combine(Root, "bin", "TaskQueue.Worker", Metadata("Configuration"), "taskqueue-worker");

    public static string TestPlugins => Path.Combine(Root, "plugins-test", "testplugins", "testplugins.dll");

    public static string ExamplePlugin(string name) => Path.Combine(Root, "plugins", name, $"{name}.dll");

    private static string Metadata(string key) =>
        typeof(Artifacts).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().First(attribute => attribute.Key == key).Value!;
}
