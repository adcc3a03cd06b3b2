using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Messaging.Tests.RabbitMq;

[Trait("Case", "B2")]
public sealed class ChannelVerdictTests
{
    [Theory]
    [InlineData(406, "PRECONDITION_FAILED - message size 2000000 larger than configured max size 1000000", RefusalKind.TooLarge)]
    [InlineData(406, "PRECONDITION_FAILED - message size 2000000 is larger than configured max size 1000000", RefusalKind.TooLarge)]
    [InlineData(406, "PRECONDITION_FAILED - message size 2000000 larger than max size 1000000", RefusalKind.TooLarge)]
    [InlineData(406, "PRECONDITION_FAILED - invalid expiration 'garbage': {error,no_integer}", RefusalKind.Unacceptable)]
    [InlineData(403, "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'x'", RefusalKind.NotPermitted)]
    [InlineData(403, "ACCESS_REFUSED - write access to exchange 'amq.default' in vhost '/' refused for user 'x'", RefusalKind.NotPermitted)]
    [InlineData(404, "NOT_FOUND - no exchange 'x' in vhost '/'", RefusalKind.NoExchange)]
    [InlineData(540, "NOT_IMPLEMENTED - immediate=true", RefusalKind.Unacceptable)]
    public void Knows_what_stands_against_a_message(int code, string text, object kind) =>
        Assert.Equal(kind, ChannelVerdict.Read((ushort)code, text)?.Kind);

    [Theory]
    [InlineData(541, "INTERNAL_ERROR")]
    [InlineData(320, "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'")]
    [InlineData(405, "RESOURCE_LOCKED")]
    public void Blames_no_message_for_what_is_the_brokers_own(int code, string text) => Assert.Null(ChannelVerdict.Read((ushort)code, text));

    [Fact]
    public void Names_both_sizes_of_what_is_too_large_and_passes_the_rest()
    {
        var verdict = ChannelVerdict.Read(406, "PRECONDITION_FAILED - message size 2000000 larger than configured max size 1000000")!;

        Assert.Equal("its body has 1000001 bytes, and the broker takes at most 1000000 (max_message_size)", verdict.Of("", "q", 1_000_001)?.Reason);
        Assert.Null(verdict.Of("", "q", 1_000_000));
    }

    [Fact]
    public void Is_about_the_exchange_that_it_names_and_calls_the_default_exchange_by_no_name()
    {
        var anything = ChannelVerdict.Read(403, "ACCESS_REFUSED - access to exchange 'amq.default' in vhost 'in' refused for user 'exchange 'x' in vhost ''")!;
        var topic = ChannelVerdict.Read(403, "ACCESS_REFUSED - access to topic 'a.b' in exchange 'x' in vhost '/' refused for user 'y'")!;

        Assert.NotNull(anything.Of("", "q", 1));
        Assert.Null(anything.Of("x", "q", 1));
        Assert.NotNull(topic.Of("x", "a.b", 1));
        Assert.Null(topic.Of("x", "a.c", 1));
    }
}
