using System.Text;
using FsCheck;
using FsCheck.Fluent;
using RabbitMQ.Client;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class PropertiesThatFitTests
{
    private const uint FrameMax = 131_072;

    // As the client reads 255 bytes that are no UTF-8.
    private static readonly string Unreadable = new('\uFFFD', 255);

    [Fact]
    public void Texts_that_were_no_UTF8_still_fit_into_a_short_string()
    {
        var written = AmqpProperties.Write(new MessageProperties { ContentType = Unreadable, MessageId = Unreadable, ReplyTo = Unreadable });

        Assert.Equal(new string('?', 255), written.MessageId);
        Assert.All([written.ContentType, written.MessageId, written.ReplyTo], text => Assert.True(Encoding.UTF8.GetByteCount(text!) <= 255));
    }

    [Fact]
    public void Names_of_headers_fit_at_every_depth()
    {
        var inner = new Dictionary<string, object?> { [Unreadable] = 1 };
        var written = AmqpProperties.Write(new MessageProperties
        {
            Headers = new Dictionary<string, object?> { ["list"] = new List<object?> { inner }, [Unreadable] = "value" },
        });

        var fitting = new string('?', 255);
        Assert.Equal("value", written.Headers![fitting]);
        Assert.Equal(1, ((Dictionary<string, object?>)((List<object?>)written.Headers["list"]!)[0]!)[fitting]);
    }

    [Fact]
    public void Headers_that_fit_are_passed_on_as_they_are()
    {
        var headers = new Dictionary<string, object?> { ["a"] = "ünïcödé", [new string('n', 255)] = 1L };

        Assert.Same(headers, AmqpProperties.Write(new MessageProperties { Headers = headers }).Headers);
    }

    [Fact]
    public void What_only_explains_gives_way_to_the_publishers_headers()
    {
        var headers = new Dictionary<string, object?> { ["large"] = new byte[130_900], [HeaderNames.Reason] = new string('r', 300) };
        var properties = AmqpProperties.Write(new MessageProperties { Headers = headers });

        var omitted = AmqpProperties.FitIntoFrame(properties, FrameMax);

        Assert.Equal([HeaderNames.Reason], omitted);
        Assert.Equal(["large", HeaderNames.Omitted], properties.Headers!.Keys);
        Assert.Equal(2, headers.Count);
    }

    [Fact]
    public void Headers_that_the_system_needs_stay()
    {
        var headers = new Dictionary<string, object?> { ["small"] = 1, ["large"] = new byte[131_000], [HeaderNames.Due] = 1L, [HeaderNames.To] = "worker_x" };
        var properties = AmqpProperties.Write(new MessageProperties { Headers = headers });

        AmqpProperties.FitIntoFrame(properties, FrameMax);

        Assert.Equal(["small", HeaderNames.Due, HeaderNames.Omitted, HeaderNames.To], properties.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("large", properties.Headers[HeaderNames.Omitted]);
        Assert.True(((IAmqpWriteable)properties).GetRequiredBufferSize() + 20 <= FrameMax);
    }

    [Fact]
    public void Naming_what_explains_does_not_cost_the_publisher_a_header()
    {
        var properties = AmqpProperties.Write(new MessageProperties
        {
            Headers = new Dictionary<string, object?> { ["large"] = new byte[131_015], [HeaderNames.Reason] = new string('r', 300) },
        });

        AmqpProperties.FitIntoFrame(properties, FrameMax);

        Assert.Equal("large", Assert.Single(properties.Headers!).Key);
    }

    [Fact]
    public void What_an_earlier_stage_left_out_is_still_named()
    {
        var properties = AmqpProperties.Write(new MessageProperties
        {
            Headers = new Dictionary<string, object?> { [HeaderNames.Omitted] = "one, two"u8.ToArray(), ["three"] = new byte[131_072] },
        });

        AmqpProperties.FitIntoFrame(properties, FrameMax);

        Assert.Equal("one, two, three", properties.Headers![HeaderNames.Omitted]);
    }

    [Fact]
    public void A_message_that_must_keep_its_headers_leaves_room_for_what_is_added_later_or_is_not_sent()
    {
        var fits = AmqpProperties.Write(new MessageProperties { Headers = new Dictionary<string, object?> { ["large"] = new byte[128_900] } });
        var doesNot = AmqpProperties.Write(new MessageProperties { Headers = new Dictionary<string, object?> { ["large"] = new byte[130_000] } });

        Assert.Empty(AmqpProperties.FitIntoFrame(fits, FrameMax, keepsHeaders: true));
        var error = Assert.Throws<HeadersTooLargeException>(() => AmqpProperties.FitIntoFrame(doesNot, FrameMax, keepsHeaders: true));
        Assert.Contains("131,072", error.Message, StringComparison.Ordinal);
        Assert.Single(doesNot.Headers!);
    }

    [Fact]
    public void Whatever_the_headers_are_they_fit_and_all_that_is_missing_is_named_in_number() => Prop.ForAll(
        Gen.Choose(0, 3000).ListOf().Where(sizes => sizes.Count < 60).ToArbitrary(),
        Gen.Choose(1000, 20_000).ToArbitrary(),
        (sizes, frameMax) =>
        {
            var headers = sizes.Select((size, i) => KeyValuePair.Create($"h{i}", (object?)new byte[size])).ToDictionary(StringComparer.Ordinal);
            var properties = AmqpProperties.Write(new MessageProperties { MessageId = "m", Headers = headers });

            var omitted = AmqpProperties.FitIntoFrame(properties, (uint)frameMax);

            var left = properties.Headers!.Keys.Where(name => name != HeaderNames.Omitted).ToHashSet(StringComparer.Ordinal);
            return ((IAmqpWriteable)properties).GetRequiredBufferSize() + 20 <= frameMax
                && left.Count + omitted.Count == headers.Count
                && omitted.All(name => !left.Contains(name))
                && (omitted.Count == 0 || properties.Headers.ContainsKey(HeaderNames.Omitted));
        }).QuickCheckThrowOnFailure();
}
