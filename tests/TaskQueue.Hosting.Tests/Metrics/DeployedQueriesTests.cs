using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using TaskQueue.Testing;

namespace TaskQueue.Hosting.Tests.Metrics;

/// <summary>The files under <c>deploy/</c> that monitoring systems read. That the metrics in them exist is tested end to end.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
public sealed partial class DeployedQueriesTests
{
    [Fact]
    public void Prometheus_reads_the_alerts()
    {
        var (exitCode, output, error) = Shell.Try("promtool", "", "check", "rules", PathOf("prometheus", "taskqueue.rules.yml"));

        Assert.True(exitCode == 0, output + error);
    }

    [Fact]
    public void Prometheus_reads_every_query_of_the_dashboard()
    {
        var queries = JsonNode.Parse(File.ReadAllText(PathOf("grafana", "taskqueue.json")))!["panels"]!.AsArray()
            .SelectMany(panel => panel!["targets"]?.AsArray() ?? [])
            .Select(target => target!["expr"]!.GetValue<string>())
            .ToList();
        var rules = new JsonObject
        {
            ["groups"] = new JsonArray(new JsonObject
            {
                ["name"] = "dashboard",
                ["rules"] = new JsonArray(
                    [.. queries.Select((query, i) => new JsonObject { ["record"] = $"query:{i}", ["expr"] = Variable().Replace(query, "5m") })]),
            }),
        };
        var file = Path.GetTempFileName();
        File.WriteAllText(file, rules.ToJsonString());

        var (exitCode, output, error) = Shell.Try("promtool", "", "check", "rules", file);

        File.Delete(file);
        Assert.NotEmpty(queries);
        Assert.True(exitCode == 0, output + error);
    }

    private static string PathOf(string folder, string file) => Path.Combine(Installation.SourceTree, "deploy", folder, file);

    [GeneratedRegex(@"\$[a-z_]+", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Variable();
}
