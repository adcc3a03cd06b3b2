using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.Abstractions.Tests.WorkItems;

public sealed class RuoteWorkItemTests
{
    [Fact]
    public void Keeps_everything_that_it_does_not_understand()
    {
        Prop.ForAll(JsonTexts.Objects.ToArbitrary(), json =>
        {
            var workItem = Decode(json);
            var encoded = Encoding.UTF8.GetString(workItem.Encode().Span);
            return Compact(json) == Compact(encoded);
        }).Holds();
    }

    [Fact]
    public void Changes_nothing_but_error_and_trace_of_a_failed_work_item()
    {
        Prop.ForAll(JsonTexts.Objects.ToArbitrary(), json =>
        {
            var workItem = Decode(json);
            workItem.SetFailure("it <failed>", "at é");
            var root = JsonNode.Parse(workItem.Encode().Span)!.AsObject();
            var isMarked = root["error"]!.GetValue<string>() == "it <failed>" && root["trace"]!.GetValue<string>() == "at é";
            root.Remove("error");
            root.Remove("trace");
            var original = JsonNode.Parse(json)!.AsObject();
            original.Remove("error");
            return isMarked && JsonNode.DeepEquals(original, root);
        }).Holds();
    }

    [Fact]
    public void Keeps_the_text_of_numbers_and_the_order_of_members()
    {
        const string Json = """{"z":1.50,"a":123456789012345678901234567890,"fields":{"y":-0.0,"b":1E400},"m":null}""";
        var workItem = Decode(Json);
        workItem.Fields["new"] = 1;

        Assert.Equal("""{"z":1.50,"a":123456789012345678901234567890,"fields":{"y":-0.0,"b":1E400,"new":1},"m":null}""", Text(workItem));
    }

    [Fact]
    public void Writes_characters_as_they_are()
    {
        var workItem = Decode("{}");
        workItem.Fields["text"] = "é <b> & \"quoted\" 😀";

        // JSON itself asks for the escape of the quotation mark; 😀 is outside of the characters the encoder leaves alone.
        Assert.StartsWith("""{"fields":{"text":"é <b> & \"quoted\" """, Text(workItem), StringComparison.Ordinal);
        Assert.Equal("é <b> & \"quoted\" 😀", Decode(Text(workItem)).Fields["text"]!.GetValue<string>());
    }

    [Fact]
    public void Reads_what_workers_need()
    {
        var workItem = Decode("""{"fei":{"wfid":"w-1"},"fields":{"customer":7,"params":{"worker_type":"resize","width":80}}}""");

        Assert.Equal("resize", workItem.WorkerType);
        Assert.Equal(7, workItem.Fields["customer"]!.GetValue<int>());
        Assert.Equal(80, workItem.Params["width"]!.GetValue<int>());
        Assert.Equal("w-1", workItem.Fei.GetProperty("wfid").GetString());
        Assert.Equal(RuoteWorkItem.Type, workItem.WorkItemType);
        Assert.Equal("application/json", workItem.ContentType);
    }

    [Fact]
    public void Has_empty_fields_and_no_id_where_the_message_has_none()
    {
        var workItem = Decode("""{"fields":"not an object"}""");

        Assert.Null(workItem.WorkerType);
        Assert.Equal(JsonValueKind.Undefined, workItem.Fei.ValueKind);
        Assert.Empty(workItem.Params);
        Assert.Equal("""{"fields":{"params":{}}}""", Text(workItem));
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"fields":{"a":1,"a":2}}""")]
    [InlineData("""{"fields":{"params":{"a":1,"a":2}}}""")]
    public void Refuses_a_repeated_name_where_a_worker_would_stumble_over_it(string json)
    {
        var error = Assert.Throws<MalformedWorkItemException>(() => Decode(json));

        Assert.Equal("ruote workitem: the member \"a\" occurs twice", error.Message);
    }

    [Theory]
    [InlineData("""{a: 1}""", "line 1, byte 2: what begins with \"a: 1}\" cannot stand there")]
    [InlineData("{\n  \"a\": 1,\n  \"b\": yes, \"this\": \"goes on\"}", "line 3, byte 8: what begins with \"yes, \"this\": \"goes o\" cannot stand there")]
    [InlineData("""{"a": 1""", "it ends too early")]
    [InlineData("", "it ends too early")]
    public void Says_where_a_body_ends_to_be_JSON(string body, string expected)
    {
        Assert.Equal($"ruote workitem: the body is not JSON: {expected}", Assert.Throws<MalformedWorkItemException>(() => Decode(body)).Message);
        Assert.Equal($"ruote workitem: the body is not JSON: {expected}", Assert.Throws<MalformedWorkItemException>(() => new RuoteWorkItemFormat().ReadWorkerType(Encoding.UTF8.GetBytes(body))).Message);
    }

    [Theory]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("""{"fields":{"\ud800":1}}""")]
    [InlineData("""{"fields":{"params":{"\ud800":1}}}""")]
    [InlineData("""{"fields":{"text":"\ud800"}}""")]
    public void Refuses_half_a_character_or_passes_it_on(string json)
    {
        var error = Record.Exception(() =>
        {
            var workItem = Decode(json);
            workItem.SetFailure("error", trace: null);
            return workItem.Encode();
        });

        Assert.True(error is null or MalformedWorkItemException, error?.ToString());
    }

    private static RuoteWorkItem Decode(string json) =>
        (RuoteWorkItem)new RuoteWorkItemFormat().Decode(Encoding.UTF8.GetBytes(json), "application/json");

    private static string Text(WorkItem workItem) => Encoding.UTF8.GetString(workItem.Encode().Span);

    // Only what JSON calls insignificant, and how a character is escaped, may differ.
    private static string Compact(string json) => JsonSerializer.Serialize(JsonSerializer.Deserialize<JsonElement>(json));
}
