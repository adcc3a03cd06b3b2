using System.Security.Cryptography;
using System.Text.Json.Nodes;
using TaskQueue.Client;

namespace TaskQueue.Demo;

/// <summary>The tasks that are sent: at least one of every format.</summary>
internal static class DemoTasks
{
    private const int Files = 24;

    private const string Ruote = "Ruote workitem", Basic = "basic workitem", Raw = "raw, by header";

    /// <summary>Makes them.</summary>
    /// <param name="repository">The folder whose files the plugin <c>checksum</c> reads.</param>
    public static IReadOnlyList<DemoTask> Of(string repository) =>
    [
        .. LargestFiles(repository).Select(Checksum),
        Missing(Path.Combine(repository, "no-such-file")),
        Echo("hello"),
        Echo("Grüße, 世界"),
        Echo("several   words, spaces kept "),
        Echo(new string('x', 5000)),
        Echo(RandomNumberGenerator.GetBytes(64 * 1024)),
        MarkdownLine("**bold** and *italic*", "<p><strong>bold</strong> and <em>italic</em></p>"),
        MarkdownLine("- a list", "<ul>\n<li>a list</li>\n</ul>"),
        MarkdownLine("<script>is escaped</script>", "<p>&lt;script&gt;is escaped&lt;/script&gt;</p>"),
        MarkdownFields("a `field`", "<p>a <code>field</code></p>"),
        MarkdownFields("> a quote", "<blockquote>\n<p>a quote</p>\n</blockquote>"),
    ];

    private static DemoTask Checksum(FileInfo file)
    {
        using var stream = file.OpenRead();
        var expected = Convert.ToHexStringLower(SHA256.HashData(stream));
        return new DemoTask(
            file.Name,
            Ruote,
            new NewTask("checksum", new JsonObject { ["path"] = file.FullName }),
            expected,
            result => Field(result, "sha256"));
    }

    private static DemoTask Missing(string path) => new(
        "a file that is not there",
        Ruote,
        new NewTask("checksum", new JsonObject { ["path"] = path }),
        "there is no such file",
        result => Field(result, "sha256"))
    { ShallFail = true };

    private static DemoTask Echo(string text) => new($"\"{text}\"", Basic, new NewTask("echo", text), text, Text);

    private static DemoTask Echo(byte[] bytes) => new(
        $"{bytes.Length:N0} random bytes",
        Raw,
        new NewTask("echo", bytes),
        Convert.ToHexStringLower(bytes),
        result => Convert.ToHexStringLower(result.Encode().Span));

    private static DemoTask MarkdownLine(string markdown, string html) =>
        new(markdown, Basic, new NewTask("markdown", markdown), html, Text);

    private static DemoTask MarkdownFields(string markdown, string html) => new(
        markdown,
        Ruote,
        new NewTask("markdown", new JsonObject { ["markdown"] = markdown }),
        html,
        result => Field(result, "html"));

    // Markdown's HTML ends with a line end, which says nothing here.
    private static string Text(WorkItem result) => ((BasicWorkItem)result).Text.TrimEnd('\n');

    private static string Field(WorkItem result, string name) =>
        ((RuoteWorkItem)result).Fields[name]?.ToString().TrimEnd('\n') ?? $"no field {name}";

    private static IEnumerable<FileInfo> LargestFiles(string repository)
    {
        var root = new DirectoryInfo(repository);
        // What is built lies in a folder of its own, which a build could change meanwhile.
        return root.EnumerateFiles()
            .Concat(root.EnumerateDirectories()
                .Where(folder => folder.Name is "docs" or "plugins" or "src")
                .SelectMany(folder => folder.EnumerateFiles("*", SearchOption.AllDirectories)))
            // What is not for everybody is not for the workers, which may run as nobody.
            .Where(file => !Environment.IsPrivilegedProcess || file.UnixFileMode.HasFlag(UnixFileMode.OtherRead))
            .OrderByDescending(file => file.Length)
            .ThenBy(file => file.FullName, StringComparer.Ordinal)
            .Take(Files);
    }
}
