using System.Text;
using System.Text.Json;
using FsCheck.Fluent;
using TaskQueue.Testing;

namespace TaskQueue.Abstractions.Tests.WorkItems;

public sealed class RuoteWorkerTypeTests
{
    private static readonly RuoteWorkItemFormat Format = new();

    [Fact]
    public void Finds_the_worker_type_that_a_document_has() =>
        Prop.ForAll(JsonTexts.Anything.ToArbitrary(), json => AgreesWithModel(Encoding.UTF8.GetBytes(json))).Holds();

    [Fact]
    public void Finds_the_worker_type_in_work_items()
    {
        var workItems =
            from before in JsonTexts.Objects
            from inside in JsonTexts.Objects
            from after in JsonTexts.Anything
            select $$"""{"a": {{before}}, "fields": {"b": {{inside}}, "params": {"c": {{after}}, "worker_type": "resize", "d": {{inside}}}, "e": {{after}}}, "f": {{before}}}""";

        Prop.ForAll(workItems.ToArbitrary(), json => Format.ReadWorkerType(Encoding.UTF8.GetBytes(json)) == "resize").Holds();
    }

    [Fact]
    public void Refuses_what_is_not_JSON_and_nothing_else()
    {
        var damaged =
            from json in JsonTexts.Anything
            let bytes = Encoding.UTF8.GetBytes(json)
            from at in Gen.Choose(0, bytes.Length - 1)
            from value in Gen.Choose(0, 255)
            select (byte[])[.. bytes[..at], (byte)value, .. bytes[(at + 1)..]];

        Prop.ForAll(damaged.ToArbitrary(), AgreesWithModel).Holds();
    }

    [Fact]
    public void Refuses_arbitrary_bytes() => Prop.ForAll<byte[]>(AgreesWithModel).Holds();

    [Fact]
    public void Decodes_what_is_damaged_or_says_that_it_is_malformed()
    {
        var damaged =
            from json in JsonTexts.Anything
            from at in Gen.Choose(0, json.Length)
            from inserted in Gen.Elements("\\ud800", "\"", "{", "\0", "\\", "é", ",", "[1")
            select Encoding.UTF8.GetBytes(json.Insert(at, inserted));

        Prop.ForAll(damaged.ToArbitrary(), body =>
        {
            try
            {
                var workItem = Format.Decode(body, "application/json");
                workItem.SetFailure("error", "trace");
                return workItem.Encode().Length > 0;
            }
            catch (MalformedWorkItemException)
            {
                return true;
            }
        }).Holds();
    }

    [Theory]
    [InlineData("""{"fields":{"params":{"worker_type":"a"},"params":{"worker_type":"b"}}}""", "b")]
    [InlineData("""{"fields":{"params":{"worker_type":"a"}},"fields":{"params":{"worker_type":"b"}}}""", "b")]
    [InlineData("""{"fields":{"params":{"worker_type":"a","worker_type":"b"}}}""", "b")]
    [InlineData("""{"fields":{"params":{"worker_type":"\u0061\u0062"}}}""", "ab")]
    [InlineData("""{"x":{"fields":{"params":{"worker_type":"wrong"}}},"fields":{"params":{"worker_type":"right"}}}""", "right")]
    public void Lets_the_last_of_repeated_members_count(string json, string expected) =>
        Assert.Equal(expected, Format.ReadWorkerType(Encoding.UTF8.GetBytes(json)));

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"fields\"")]
    [InlineData("{}")]
    [InlineData("""{"fields":null}""")]
    [InlineData("""{"fields":{"params":{"worker_type":7}}}""")]
    [InlineData("""{"fields":{"params":{"worker_type":"a"}},"fields":7}""")]
    [InlineData("""{"fields":{"params":{"worker_type":"a"}}} {}""")]
    [InlineData("""{"fields":{"params":{"worker_type":"a"}}""")]
    [InlineData("""{"fields":{"params":{"worker_type":"\ud800"}}}""")]
    [InlineData("""{"worker_type":"a","params":{"worker_type":"a"}}""")]
    public void Refuses_a_document_without_a_worker_type(string json) =>
        Assert.Throws<MalformedWorkItemException>(() => Format.ReadWorkerType(Encoding.UTF8.GetBytes(json)));

    [Fact]
    public void Reads_past_a_byte_order_mark() =>
        Assert.Equal("a", Format.ReadWorkerType([0xEF, 0xBB, 0xBF, .. """{"fields":{"params":{"worker_type":"a"}}}"""u8]));

    [Theory]
    [InlineData(200, true)]
    [InlineData(RuoteWorkItem.MaxDepth, false)]
    [InlineData(100_000, false)]
    public void Refuses_documents_that_nest_too_deep(int depth, bool isFine)
    {
        var nested = new string('[', depth) + new string(']', depth);
        var body = Encoding.UTF8.GetBytes("{\"x\":" + nested + ""","fields":{"params":{"worker_type":"a"}}}""");

        Assert.Equal(isFine, Read(body) == "a");
        Assert.Equal(isFine, Record.Exception(() => Format.Decode(body, "application/json")) is null);
    }

    private static bool AgreesWithModel(byte[] body) => Read(body) == Model(body);

    private static string? Read(byte[] body)
    {
        try
        {
            return Format.ReadWorkerType(body);
        }
        catch (MalformedWorkItemException)
        {
            return null;
        }
    }

    private static string? Model(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = RuoteWorkItem.MaxDepth });
            var element = document.RootElement;
            foreach (var step in (string[])["fields", "params", "worker_type"])
            {
                if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(step, out element))
                {
                    return null;
                }
            }

            return element.ValueKind == JsonValueKind.String ? element.GetString() : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
