using System.IO.Compression;
using System.Xml.Linq;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>What <c>dotnet pack</c> makes, for programs that publish tasks and for plugins.</summary>
public sealed class PackageTests : IDisposable
{
    private static readonly string Configuration = Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/'));

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("taskqueue-packages-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Theory]
    [InlineData("TaskQueue.Client", "Microsoft.Extensions.Configuration.Binder Microsoft.Extensions.DependencyInjection.Abstractions TaskQueue.Abstractions TaskQueue.Messaging")]
    [InlineData("TaskQueue.Messaging", "Polly.Core RabbitMQ.Client TaskQueue.Abstractions TaskQueue.Amqp")]
    [InlineData("TaskQueue.Amqp", "")]
    [InlineData("TaskQueue.Abstractions", "Microsoft.Extensions.Logging.Abstractions")]
    public void A_package_has_its_documentation_its_licence_and_no_more_than_it_needs(string name, string dependencies)
    {
        var first = Pack(name, "first");
        using var package = ZipFile.OpenRead(first);
        var entries = package.Entries.Select(entry => entry.FullName).ToList();

        Assert.All([$"lib/net10.0/{name}.dll", $"lib/net10.0/{name}.xml", "README.md", "LICENSE"], file => Assert.Contains(file, entries));
        Assert.Equal(2, entries.Count(entry => entry.StartsWith("lib/", StringComparison.Ordinal)));
        using var nuspec = package.GetEntry($"{name}.nuspec")!.Open();
        var metadata = XDocument.Load(nuspec).Root!.Elements().Single();
        Assert.Equal("README.md", Value("readme"));
        Assert.Equal("MIT", Value("license"));
        Assert.True(Value("description")!.Length > 30);
        Assert.Equal(
            dependencies,
            string.Join(' ', metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value).Order(StringComparer.Ordinal)));
        Assert.DoesNotContain(metadata.Descendants(), element => element.Name.LocalName == "frameworkReference");
        Assert.Equal(Contents(first), Contents(Pack(name, "second")));

        string? Value(string element) => metadata.Elements().FirstOrDefault(candidate => candidate.Name.LocalName == element)?.Value;
    }

    [Fact]
    public void Nothing_else_becomes_a_package()
    {
        var packable = Directory.EnumerateFiles(Path.Combine(SourceTree.Root, "src"), "*.csproj", SearchOption.AllDirectories)
            .Where(project => File.ReadAllText(project).Contains("<IsPackable>true</IsPackable>", StringComparison.Ordinal))
            .Select(project => Path.GetFileNameWithoutExtension(project)!)
            .Order(StringComparer.Ordinal);

        Assert.Equal(["TaskQueue.Abstractions", "TaskQueue.Amqp", "TaskQueue.Client", "TaskQueue.Messaging"], packable);
    }

    private string Pack(string name, string folder)
    {
        var to = Path.Combine(_folder.FullName, folder);
        Shell.Run("dotnet", "pack", Path.Combine(SourceTree.Root, "src", name), "--configuration", Configuration, "--no-build", "--output", to, "-nodeReuse:false");
        return Assert.Single(Directory.GetFiles(to, $"{name}.*.nupkg"));
    }

    // Names of parts that NuGet makes up are left out.
    private static string Contents(string package)
    {
        using var zip = ZipFile.OpenRead(package);
        return string.Join('\n', zip.Entries
            .Where(entry => !entry.FullName.StartsWith("package/", StringComparison.Ordinal) && !entry.FullName.StartsWith("_rels/", StringComparison.Ordinal))
            .Select(entry => $"{entry.FullName} {entry.Crc32:x}")
            .Order(StringComparer.Ordinal));
    }
}
