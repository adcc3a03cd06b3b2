using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

public sealed class PropertiesThatFitTests
{
    private const uint FrameMax = 131_072;

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

        var omitted = Fit(ref properties, FrameMax);

        Assert.Equal([HeaderNames.Reason], omitted);
        Assert.Equal(["large", HeaderNames.Omitted], properties.Headers!.Keys);
        Assert.Equal(2, headers.Count);
    }

    [Fact]
    public void Headers_that_the_system_needs_stay()
    {
        var headers = new Dictionary<string, object?> { ["small"] = 1, ["large"] = new byte[131_000], [HeaderNames.Due] = 1L, [HeaderNames.To] = "worker_x" };
        var properties = AmqpProperties.Write(new MessageProperties { Headers = headers });

        Fit(ref properties, FrameMax);

        Assert.Equal(["small", HeaderNames.Due, HeaderNames.Omitted, HeaderNames.To], properties.Headers!.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("large", properties.HeaderText(HeaderNames.Omitted));
        Assert.True(WireProperties.Write(properties).Length + 20 <= FrameMax);
    }

    [Fact]
    public void Naming_what_explains_does_not_cost_the_publisher_a_header()
    {
        var properties = AmqpProperties.Write(new MessageProperties
        {
            Headers = new Dictionary<string, object?> { ["large"] = new byte[131_015], [HeaderNames.Reason] = new string('r', 300) },
        });

        Fit(ref properties, FrameMax);

        Assert.Equal("large", Assert.Single(properties.Headers!).Key);
    }

    [Fact]
    public void What_an_earlier_stage_left_out_is_still_named()
    {
        var properties = AmqpProperties.Write(new MessageProperties
        {
            Headers = new Dictionary<string, object?> { [HeaderNames.Omitted] = "one, two"u8.ToArray(), ["three"] = new byte[131_072] },
        });

        Fit(ref properties, FrameMax);

        Assert.Equal("one, two, three", properties.HeaderText(HeaderNames.Omitted));
    }

    [Fact]
    public void A_message_that_must_keep_its_headers_leaves_room_for_what_is_added_later_or_is_not_sent()
    {
        var fits = AmqpProperties.Write(new MessageProperties { Headers = new Dictionary<string, object?> { ["large"] = new byte[128_900] } });
        var doesNot = AmqpProperties.Write(new MessageProperties { Headers = new Dictionary<string, object?> { ["large"] = new byte[130_000] } });

        Assert.Empty(Fit(ref fits, FrameMax, keepsHeaders: true));
        var error = Assert.Throws<HeadersTooLargeException>(() => AmqpProperties.Encode(doesNot, FrameMax, keepsHeaders: true, out _));
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

            var omitted = Fit(ref properties, (uint)frameMax);

            var left = properties.Headers!.Keys.Where(name => name != HeaderNames.Omitted).ToHashSet(StringComparer.Ordinal);
            return WireProperties.Write(properties).Length + 20 <= frameMax
                && left.Count + omitted.Count == headers.Count
                && omitted.All(name => !left.Contains(name))
                && (omitted.Count == 0 || properties.Headers.ContainsKey(HeaderNames.Omitted));
        }).QuickCheckThrowOnFailure();

    // What arrives when it is sent.
    private static IReadOnlyList<string> Fit(ref MessageProperties properties, uint frameMax, bool keepsHeaders = false)
    {
        properties = WireProperties.Read(AmqpProperties.Encode(properties, frameMax, keepsHeaders, out var omitted));
        return omitted;
    }
}
