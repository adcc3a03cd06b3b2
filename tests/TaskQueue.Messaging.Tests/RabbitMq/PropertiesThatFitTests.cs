using System.Text;
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

        AmqpProperties.FitIntoFrame(properties, FrameMax);

        Assert.Equal("large", Assert.Single(properties.Headers!).Key);
        Assert.Equal(2, headers.Count);
    }

    [Fact]
    public void Headers_that_the_system_needs_stay()
    {
        var headers = new Dictionary<string, object?> { ["small"] = 1, ["large"] = new byte[131_000], [HeaderNames.Due] = 1L, [HeaderNames.To] = "worker_x" };
        var properties = AmqpProperties.Write(new MessageProperties { Headers = headers });

        AmqpProperties.FitIntoFrame(properties, FrameMax);

        Assert.Equal(["small", HeaderNames.Due, HeaderNames.To], properties.Headers!.Keys);
        Assert.True(((IAmqpWriteable)properties).GetRequiredBufferSize() + 20 <= FrameMax);
    }
}
