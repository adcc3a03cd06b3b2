using TaskQueue.Messaging.Events;
using TaskQueue.WorkerPool.Telemetry;

namespace TaskQueue.WorkerPool.Tests.Telemetry;

public sealed class KeptHeadersTests
{
    private static readonly string[] Masked = ["token"];

    [Fact]
    public void Texts_numbers_and_JSON_are_kept_and_secrets_masked()
    {
        var kept = KeptHeaders.Of(
            new Dictionary<string, object?> { ["tenant"] = "seven", ["Token"] = "x", ["n"] = 9_007_199_254_740_993L, ["on"] = true, ["table"] = """{"a":1,"token":"x"}""", ["bytes"] = new byte[] { 0x89 }, ["none"] = null, ["broken"] = "{token: x" },
            Masked)!;

        Assert.Equal(
            ["Token=***", "n=9007199254740993", "on=true", """table={"a":1,"token":"***"}""", "tenant=seven"],
            kept.Select(header => $"{header.Key}={header.Value}").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void No_more_is_kept_than_people_read()
    {
        var kept = KeptHeaders.Of(Enumerable.Range(0, 1000).ToDictionary(i => $"h{i}", _ => (object?)new string('x', 100_000)), Masked)!;

        Assert.Equal(TaskEvent.MostHeaders, kept.Count);
        Assert.All(kept.Values, value => Assert.Equal(TaskEvent.LongestHeader, value.Length));
        Assert.Null(KeptHeaders.Of(new Dictionary<string, object?>(), Masked));
    }
}
