using System.Text;
using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.Delays;
using TaskQueue.Testing;

namespace TaskQueue.Messaging.Tests.Delays;

public sealed class DelayedMessageTests
{
    private const long Due = 1_900_000_000_000;

    private static readonly Gen<object?> HeaderValue = Gen.OneOf<object?>(
        ArbMap.Default.GeneratorFor<byte[]>().Select(bytes => (object?)bytes),
        ArbMap.Default.GeneratorFor<long>().Select(number => (object?)number),
        ArbMap.Default.GeneratorFor<bool>().Select(flag => (object?)flag),
        Gen.Constant<object?>(null),
        Gen.Constant<object?>(new List<object?> { "a"u8.ToArray(), 2 }));

    private static readonly Gen<string> HeaderName = Gen.Elements(
        "worker-type", "a", "b", "expiration", "delivery-mode", "x-taskqueue-withheld-CC", "x-taskqueue-timeout");

    private static readonly Gen<MessageProperties> Properties =
        from names in HeaderName.ListOf()
        from values in HeaderValue.ArrayOf(16)
        from persistent in Gen.Elements(true, false)
        from priority in Gen.Elements<byte?>(null, 0, 9, 255)
        from expiration in Gen.Elements(null, "0", "60000", "4294967295")
        from text in Gen.Elements(null, "", "x", "queue.of.mine")
        select new MessageProperties
        {
            Headers = names.Count == 0 ? null : Table([.. names.Distinct().Zip(values)]),
            Persistent = persistent,
            Expiration = expiration,
            ContentType = text,
            CorrelationId = text,
            ReplyTo = text,
            MessageId = text,
            Type = text,
            AppId = text,
            Timestamp = 17,
            Priority = priority,
        };

    [Fact]
    public void Properties_arrive_as_they_were_however_many_delay_queues_they_passed() =>
        Prop.ForAll(Properties.ToArbitrary(), Gen.Choose(1, 5).ToArbitrary(), (original, hops) =>
        {
            var message = new DelayedMessage(Due, "worker_a.b", original);
            for (var hop = 0; hop < hops; hop++)
            {
                message = DelayedMessage.Read(ThroughTheBroker(message.ToProperties()), "taskqueue", out _)!;
            }

            return message.DueMilliseconds == Due && message.To == "worker_a.b" && Same(original, message.Original);
        }).Holds();

    [Fact]
    public void No_property_that_the_broker_acts_upon_travels_openly() => Prop.ForAll(Properties.ToArbitrary(), original =>
    {
        var delayed = new DelayedMessage(Due, "q", original).ToProperties();

        return delayed is { Expiration: null, Priority: null, Persistent: true };
    }).Holds();

    [Fact]
    public void What_an_earlier_version_held_of_the_publishers_headers_is_released()
    {
        var headers = new Dictionary<string, object?>(new DelayedMessage(Due, "q", new MessageProperties()).ToProperties().Headers!, StringComparer.Ordinal);
        ((Dictionary<string, object?>)headers[HeaderNames.Held]!)["CC"] = "copies";

        var arrived = DelayedMessage.Read(ThroughTheBroker(new MessageProperties { Headers = headers }), "taskqueue", out _);

        Assert.Equal("copies"u8.ToArray(), Assert.Single(arrived!.Original.Headers!).Value);
    }

    [Fact]
    public void Counts_of_deliveries_do_not_reach_the_next_queue()
    {
        var properties = new MessageProperties().WithHeaders(new("x-delivery-count", 3L), new("x-acquired-count", 4L));

        var arrived = DelayedMessage.Read(ThroughTheBroker(new DelayedMessage(Due, "q", properties).ToProperties()), "taskqueue", out _);

        Assert.Null(arrived!.Original.Headers);
    }

    [Fact]
    public void Publishers_need_to_say_no_more_than_when()
    {
        var properties = new MessageProperties { Expiration = "5" }.WithHeaders(new(HeaderNames.Due, 12), new("CC", "kept"), new("x-death", "kept"));

        var message = DelayedMessage.Read(properties, "taskqueue", out var problem);

        Assert.Null(problem);
        Assert.Equal((12, "taskqueue"), (message!.DueMilliseconds, message.To));
        Assert.Equal("5", message.Original.Expiration);
        Assert.Equal(["CC", "x-death"], message.Original.Headers!.Keys.Order());
    }

    [Fact]
    public void What_cannot_be_read_is_told_by_header()
    {
        Assert.Contains("x-taskqueue-due", Problem(), StringComparison.Ordinal);
        Assert.Contains("x-taskqueue-due", Problem([new(HeaderNames.Due, "soon")]), StringComparison.Ordinal);
        Assert.Contains("x-taskqueue-due", Problem([new(HeaderNames.Due, new List<object?> { 1 })]), StringComparison.Ordinal);
        Assert.Contains("x-taskqueue-to", Problem(new(HeaderNames.Due, 1), new(HeaderNames.To, "")), StringComparison.Ordinal);
        Assert.Contains("x-taskqueue-to", Problem(new(HeaderNames.Due, 1), new(HeaderNames.To, new string('ä', 128))), StringComparison.Ordinal);
        Assert.Contains("x-taskqueue-held", Problem(new(HeaderNames.Due, 1), new(HeaderNames.Held, "x")), StringComparison.Ordinal);
        Assert.Contains("x-taskqueue-held", Problem(new(HeaderNames.Due, 1), new(HeaderNames.Held, Table(("expiration", "1")))), StringComparison.Ordinal);
        Assert.Contains(
            "x-taskqueue-held",
            Problem(new(HeaderNames.Due, 1), new(HeaderNames.Held, Table(("delivery-mode", 2), ("expiration", "1s")))),
            StringComparison.Ordinal);
    }

    private static string Problem(params ReadOnlySpan<KeyValuePair<string, object?>> headers)
    {
        Assert.Null(DelayedMessage.Read(new MessageProperties().WithHeaders(headers), "taskqueue", out var problem));
        return problem!;
    }

    private static Dictionary<string, object?> Table(params ReadOnlySpan<(string Name, object? Value)> entries)
    {
        var table = new Dictionary<string, object?>(StringComparer.Ordinal);
        foreach (var (name, value) in entries)
        {
            table[name] = value;
        }

        return table;
    }

    /// <summary>What becomes of properties in a delay queue: texts are bytes afterwards, and the broker leaves its traces.</summary>
    private static MessageProperties ThroughTheBroker(MessageProperties properties)
    {
        var headers = properties.Headers!.ToDictionary(header => header.Key, header => OverTheWire(header.Value), StringComparer.Ordinal);
        headers["x-death"] = new List<object?> { Table(("queue", "taskqueue.delay.1s"u8.ToArray()), ("time", TaskQueue.Amqp.FieldValue.Timestamp(1))) };
        headers["x-first-death-queue"] = "taskqueue.delay.8s"u8.ToArray();
        headers["x-last-death-queue"] = "taskqueue.delay.1s"u8.ToArray();
        headers["x-delivery-count"] = 1L;
        return properties with { Headers = headers };
    }

    private static object? OverTheWire(object? value) => value switch
    {
        string text => Encoding.UTF8.GetBytes(text),
        Dictionary<string, object?> table => table.ToDictionary(entry => entry.Key, entry => OverTheWire(entry.Value), StringComparer.Ordinal),
        _ => value,
    };

    private static bool Same(MessageProperties expected, MessageProperties actual)
    {
        var (before, after) = (expected.Headers ?? new Dictionary<string, object?>(StringComparer.Ordinal), actual.Headers ?? new Dictionary<string, object?>(StringComparer.Ordinal));
        return expected with { Headers = null } == actual with { Headers = null }
            && before.Count == after.Count
            && before.All(header => after.TryGetValue(header.Key, out var value) && ReferenceEquals(value, header.Value) | Equals(value, header.Value));
    }
}
