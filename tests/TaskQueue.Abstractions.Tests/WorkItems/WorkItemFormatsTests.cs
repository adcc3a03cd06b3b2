namespace TaskQueue.Abstractions.Tests.WorkItems;

public sealed class WorkItemFormatsTests
{
    private static readonly WorkItemFormats Formats = new();

    [Theory]
    [InlineData(null, RuoteWorkItem.Type)]
    [InlineData("", RuoteWorkItem.Type)]
    [InlineData("application/json", RuoteWorkItem.Type)]
    [InlineData("Application/JSON; charset=utf-8", RuoteWorkItem.Type)]
    [InlineData("application/x-ruote-workitem", RuoteWorkItem.Type)]
    [InlineData("text/plain", BasicWorkItem.Type)]
    [InlineData("text/plain ; charset=utf-8", BasicWorkItem.Type)]
    [InlineData("application/x-basic-workitem", BasicWorkItem.Type)]
    public void Chooses_the_format_by_content_type(string? contentType, string workItemType) =>
        Assert.Equal(workItemType, Formats.Find(contentType)?.WorkItemType);

    [Theory]
    [InlineData("image/png")]
    [InlineData("json")]
    public void Knows_no_format_for_other_types(string contentType) => Assert.Null(Formats.Find(contentType));

    [Fact]
    public void Follows_the_configured_map_and_default()
    {
        var formats = new WorkItemFormats(
            new Dictionary<string, string> { ["text/x-task"] = BasicWorkItem.Type }, defaultType: "text/x-task");

        Assert.IsType<BasicWorkItemFormat>(formats.Find(null));
        Assert.IsType<BasicWorkItemFormat>(formats.Find("TEXT/X-TASK"));
        Assert.Null(formats.Find("application/json"));
        Assert.Equal("text/x-task", formats.Decode("a b"u8.ToArray(), contentType: null, dispatchedByHeader: false).ContentType);
    }

    [Fact]
    public void Prefers_the_format_of_a_plugin_to_a_built_in_one()
    {
        var better = new BetterRuoteFormat();

        Assert.Same(better, new WorkItemFormats(more: [better]).Find("application/json"));
    }

    [Fact]
    public void Refuses_a_body_without_a_format_unless_a_header_sent_it()
    {
        byte[] image = [1, 2, 3];

        var error = Assert.Throws<MalformedWorkItemException>(() => Formats.Decode(image, "image/png", dispatchedByHeader: false));
        var raw = Assert.IsType<RawWorkItem>(Formats.Decode(image, "image/png", dispatchedByHeader: true));

        Assert.Contains("\"image/png\"", error.Message, StringComparison.Ordinal);
        Assert.Contains("application/json", error.Message, StringComparison.Ordinal);
        Assert.Equal(image, raw.Encode());
        Assert.Equal("image/png", raw.ContentType);
        Assert.Equal("application/octet-stream", raw.WorkItemType);
    }

    [Fact]
    public void Takes_a_malformed_body_as_bytes_when_a_header_sent_it()
    {
        Assert.IsType<RawWorkItem>(Formats.Decode("not json"u8.ToArray(), "application/json", dispatchedByHeader: true));
        Assert.Throws<MalformedWorkItemException>(() => Formats.Decode("not json"u8.ToArray(), "application/json", dispatchedByHeader: false));
    }

    [Fact]
    public void Leaves_raw_bytes_alone_when_they_failed()
    {
        var raw = new RawWorkItem(new byte[] { 1, 2 });

        raw.SetFailure("error", "trace");

        Assert.Equal([1, 2], raw.Encode().ToArray());
    }

    private sealed class BetterRuoteFormat : IWorkItemFormat
    {
        public string WorkItemType => RuoteWorkItem.Type.ToUpperInvariant();

        public string ReadWorkerType(ReadOnlySpan<byte> body) => "better";

        public WorkItem Decode(ReadOnlyMemory<byte> body, string contentType) => new RawWorkItem(body, contentType);
    }
}
