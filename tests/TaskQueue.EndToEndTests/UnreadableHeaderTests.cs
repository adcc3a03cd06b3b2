using System.Buffers;
using System.Text;
using System.Text.Json.Nodes;
using TaskQueue.Amqp;
using TaskQueue.EndToEndTests.Harness;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Diagnosis;
using TaskQueue.Testing;

namespace TaskQueue.EndToEndTests;

/// <summary>Headers that no ordinary client writes: those that can be read arrive as they were sent, the others are set aside, and nobody else notices.</summary>
/// <remarks>RabbitMQ passes them on; the embedded broker refuses what is nested deeper than it reads.</remarks>
public sealed class UnreadableHeaderTests(Machine machine, UnreadableHeaderTests.OwnNode own) : IClassFixture<UnreadableHeaderTests.OwnNode>
{
    private static readonly byte[] Body = "echo x"u8.ToArray();

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Case", "A4")]
    [Trait("Case", "A5")]
    public async Task What_cannot_be_read_is_set_aside_where_it_was_and_can_be_listed_shown_sent_back_and_deleted()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], broker: own.Node);
        var dispatcher = await site.StartDispatcherAsync();
        var pool = await site.StartPoolAsync(ready: 1);
        await using var peer = await RawPeer.ConnectAsync(site.BrokerOptions, TestEnds);
        var large = Encoding.UTF8.GetBytes("echo " + new string('x', 3_000_000));
        var decimals = Properties("decimal", Header(FieldKind.Decimal, [200, 0, 0, 0, 1]));
        (string Id, byte[] Properties, byte[] Body)[] hostile =
        [
            ("decimal", decimals, Body),
            ("tables", Properties("tables", Nested(17_000, FieldKind.Table)), Body),
            ("lists", Properties("lists", Nested(25_000, FieldKind.Array)), large),
            // From 4.0 on the broker itself leaves one of the two.
            await KeepsDoublesAsync(site)
                ? ("twice", Properties("twice", [.. Header(FieldKind.Void, []), .. Header(FieldKind.Void, [])]), Body)
                : ("tables-2", Properties("tables-2", Nested(20_000, FieldKind.Table)), Body),
        ];

        foreach (var queue in (string[])[site.Queues.TaskQueue, site.Queues.DelayDue, site.Queues.Worker("echo")])
        {
            foreach (var (_, properties, body) in hostile)
            {
                await peer.PublishAsync(queue, properties, body, TestEnds);
            }
        }

        var marker = await site.SendAsync("echo");
        Assert.Contains(marker, await site.ResultsAsync(1));
        await site.WaitsAsync(site.Queues.Rejected, 8);
        await site.WaitsAsync(site.Queues.Buried("echo"), 4);

        var listed = Cli(site, "rejected", "list", "--match", "reason=decimal with 200 digits", "--json");
        Assert.Equal(2, JsonNode.Parse(listed.Output)!["messages"]!.AsArray().Count);
        Assert.Contains("unreadable", Cli(site, "buried", "list", "echo").Output, StringComparison.Ordinal);
        var shown = Cli(site, "buried", "show", "echo", "--id", "decimal");
        Assert.Contains("header x: 0." + new string('0', 199) + "1\n", shown.Output, StringComparison.Ordinal);
        Cli(site, "rejected", "show", "--id", "tables").Ok();

        // They come back as they are, and back again without a loop.
        Cli(site, "buried", "kick", "echo", "--id", "decimal").Ok();
        await site.WaitsAsync(site.Queues.Buried("echo"), 4);
        Cli(site, "rejected", "requeue", "--all", "--yes").Ok();
        await site.WaitsAsync(site.Queues.Rejected, 8);
        Cli(site, "rejected", "delete", "--all", "--yes").Ok();
        await site.WaitsAsync(site.Queues.Rejected, 0);

        // Byte for byte, when nobody stands in between. (A quorum queue adds a count of its own.)
        await dispatcher.StopAsync();
        await pool.StopAsync();
        Cli(site, "buried", "kick", "echo", "--id", "lists").Ok();
        var (back, sameBody) = (await peer.TakeAsync(site.Queues.Worker("echo"), TestEnds))!.Value;
        Assert.Equal(Tables(HeadersOf(hostile[2].Properties))["x"], Tables(HeadersOf(back))["x"]);
        Assert.Equal(large, sameBody);
    }

    [Fact]
    [Trait("Case", "A10")]
    [Trait("Case", "A6")]
    public async Task What_can_be_read_arrives_as_it_was_sent()
    {
        await using var site = await Site.SetUpAsync(machine, ["echo"], broker: own.Node);
        await site.StartDispatcherAsync();
        await using var peer = await RawPeer.ConnectAsync(site.BrokerOptions, TestEnds);
        // No NaN and no infinity: the broker itself cannot read them.
        byte[] headers =
        [
            .. Header(FieldKind.Decimal, [5, 255, 255, 255, 255], "a"), .. Header(FieldKind.Single, [0x3F, 0xC0, 0, 0], "b"),
            .. Header(FieldKind.Double, [0x3F, 0xF8, 0, 0, 0, 0, 0, 0], "c"), .. Header(FieldKind.Timestamp, [0, 0, 0, 0x3A, 0xFF, 0xF4, 0x41, 0x7F], "d"),
            .. Header(FieldKind.UInt8, [255], "e"), .. Header(FieldKind.UInt32, [255, 255, 255, 255], "f"), .. Header(FieldKind.Void, [], "g"),
            .. Header(FieldKind.Int16, [0, 1], "h"), .. Header(FieldKind.UInt16, [255, 255], "i"),
            .. Header(FieldKind.Table, [0, 0, 0, 0], "k"), .. Header(FieldKind.Array, [0, 0, 0, 0], "l"), .. Nested(70, FieldKind.Table),
            .. Header(FieldKind.Binary, [0, 0, 0, 4, .. "echo"u8], HeaderNames.WorkerType),
        ];
        var properties = RawPeer.Properties(
            new ContentProperties { ContentType = "image/png", ContentEncoding = "gzip", MessageId = "as-sent", Priority = 0, Timestamp = 0, DeliveryMode = 2 },
            headers);

        await peer.PublishAsync(site.Queues.TaskQueue, properties, Body, TestEnds);
        await site.WaitsAsync(site.Queues.Unroutable, 1);
        await site.StartPoolAsync(ready: 1);
        var result = (await site.ResultsAsync(1))["as-sent"];

        Assert.Equal("gzip", result.Properties.ContentEncoding);
        Assert.Equal((byte?)0, result.Properties.Priority);
        Assert.Equal(Tables(headers.AsMemory(..^(HeaderNames.WorkerType.Length + 10))), result.Properties.Headers!.Where(header => !header.Key.StartsWith("x-taskqueue", StringComparison.Ordinal)).ToDictionary());
    }

    private static ReadOnlyMemory<byte> HeadersOf(byte[] properties)
    {
        Assert.Null(ContentProperties.Read(properties, out var read));
        return read.Headers!.Value;
    }

    private static Dictionary<string, object?> Tables(ReadOnlyMemory<byte> content)
    {
        var read = new Dictionary<string, object?>();
        for (var fields = FieldTable.Fields(content); fields.MoveNext();)
        {
            read[fields.Name] = FieldValue.Read(fields.Kind, fields.Value);
        }

        return read;
    }

    private static byte[] Properties(string id, byte[] headers) =>
        RawPeer.Properties(new ContentProperties { ContentType = "text/plain", MessageId = id, DeliveryMode = 2 }, headers);

    private static byte[] Header(FieldKind kind, byte[] value, string name = "x") => [(byte)name.Length, .. Encoding.ASCII.GetBytes(name), (byte)kind, .. value];

    private static byte[] Nested(int levels, FieldKind kind)
    {
        byte[] before = kind == FieldKind.Table ? [0, (byte)kind] : [(byte)kind];
        var output = new ArrayBufferWriter<byte>();
        var to = new AmqpWriter(output);
        to.ShortString("x");
        to.Byte((byte)kind);
        for (var left = levels; left > 0; left--)
        {
            to.UInt32((uint)((before.Length + sizeof(uint)) * (left - 1)));
            to.Raw(left == 1 ? [] : before);
        }

        return output.WrittenSpan.ToArray();
    }

    private static async Task<bool> KeepsDoublesAsync(Site site)
    {
        var identity = await ((IDiagnosableBroker)site.Broker).Diagnosis!.IdentifyAsync(TestEnds);
        return Version.Parse(identity.Version).Major < 4;
    }

    private CommandRun Cli(Site site, params string[] arguments) => CommandRun.Of(machine, site, arguments);

    public sealed class OwnNode : IAsyncLifetime
    {
        public RabbitMqNode Node { get; private set; } = null!;

        public async ValueTask InitializeAsync() => Node = await RabbitMqNode.StartAsync();

        public ValueTask DisposeAsync() => Node?.DisposeAsync() ?? default;
    }
}
