using FsCheck.Fluent;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.Testing;
using TaskQueue.Testing.Documents;

namespace TaskQueue.Messaging.Tests;

public sealed class RawEnvelopeTests
{
    // Of the flags in a content header, those of the headers and of the message id.
    private const byte Headers = 0x20, MessageId = 0x80;

    [Fact]
    public void What_is_sealed_comes_out_byte_for_byte() => Prop.ForAll(
        ArbMap.Default.ArbFor<(byte[] Table, byte[] Body, bool Buries)>(),
        input =>
        {
            var received = Unreadable(input.Table, input.Body);

            var sealedUp = RawEnvelope.Seal(received, "taskqueue.rejected", input.Buries);
            var opened = RawEnvelope.Open(sealedUp.Properties, sealedUp.Body);

            return opened is var (properties, body)
                && properties.Unreadable!.Bytes.Span.SequenceEqual(received.Properties.Unreadable!.Bytes.Span)
                && body.Span.SequenceEqual(input.Body);
        }).Holds();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_envelope_is_as_the_document_says(bool buries)
    {
        var document = AsyncApiDocument.Read();
        var target = buries ? new QueueNames().Buried("{type}") : new QueueNames().Rejected;

        var envelope = RawEnvelope.Seal(Unreadable([1, 2, 3], []), target, buries);

        Assert.Contains("rawMessage", document.MessagesAt(target));
        Assert.Equal(RawEnvelope.ContentType, envelope.Properties.ContentType);
        Assert.Null(document.Problem("rawMessage", "headers", HeaderJson.Of(envelope.Properties)));
        Assert.Equal(buries, envelope.Properties.Headers!.ContainsKey(HeaderNames.Error));
    }

    [Fact]
    public void Nothing_else_is_opened() => Prop.ForAll(
        ArbMap.Default.ArbFor<byte[]>(),
        body => RawEnvelope.Open(new MessageProperties { ContentType = "application/json" }, body) is null
            && (body.Length >= 4 || RawEnvelope.Open(new MessageProperties { ContentType = RawEnvelope.ContentType }, body) is null)).Holds();

    // The table says that it is longer than all there is.
    private static ReceivedMessage Unreadable(byte[] table, byte[] body) =>
        new("taskqueue", WireProperties.Read((byte[])[Headers | MessageId, 0, 0xFF, 0xFF, 0xFF, 0xFF, .. table]), body);
}
