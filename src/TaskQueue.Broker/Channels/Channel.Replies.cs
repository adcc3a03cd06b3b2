using System.Buffers;
using TaskQueue.Amqp;
using TaskQueue.Amqp.Methods;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Channels;

/// <content>Direct reply-to: answers come to a channel without a queue.</content>
/// <remarks><see href="https://www.rabbitmq.com/docs/direct-reply-to"/></remarks>
internal sealed partial class Channel
{
    private const string ReplyPrefix = ResourceNames.ReplyTo + ".";

    private ReplyConsumer? _replies;

    private void ConsumeReplies(BasicConsume method)
    {
        if (_consumers.ContainsKey(method.ConsumerTag))
        {
            throw new AmqpException(ReplyCode.NotAllowed, $"attempt to reuse consumer tag '{method.ConsumerTag}'");
        }

        if (!method.NoAck)
        {
            throw new AmqpException(ReplyCode.PreconditionFailed, "reply consumer cannot acknowledge");
        }

        if (_replies is not null)
        {
            throw new AmqpException(ReplyCode.PreconditionFailed, "reply consumer already set");
        }

        _replies = new ReplyConsumer(
            method.ConsumerTag.Length > 0 ? method.ConsumerTag : ResourceNames.Made("amq.ctag"), ResourceNames.Made(ResourceNames.ReplyTo).Replace("reply-to-", "reply-to.", StringComparison.Ordinal));
        Engine.ReplyAddresses.Add(_replies.Address, this);
        Answer(method.NoWait, new BasicConsumeOk { ConsumerTag = _replies.Tag });
    }

    private bool CancelReplies(BasicCancel method)
    {
        if (_replies is not { } replies || replies.Tag != method.ConsumerTag)
        {
            return false;
        }

        Engine.ReplyAddresses.Remove(replies.Address);
        _replies = null;
        Answer(method.NoWait, new BasicCancelOk { ConsumerTag = method.ConsumerTag });
        return true;
    }

    private StoredContent WithReplyAddress(StoredContent content)
    {
        if (_replies is not { } replies)
        {
            throw new AmqpException(ReplyCode.PreconditionFailed, "fast reply consumer does not exist");
        }

        ContentProperties.Read(content.Properties, out var properties);
        var output = new ArrayBufferWriter<byte>();
        (properties with { ReplyTo = replies.Address }).Write(output);
        return content with { Properties = output.WrittenMemory };
    }

    private void SendReply(StoredContent content)
    {
        if (Engine.ReplyAddresses.TryGetValue(content.RoutingKey, out var channel) && channel._replies is { } replies)
        {
            channel.SendContent(
                new BasicDeliver { ConsumerTag = replies.Tag, DeliveryTag = channel._nextTag, Exchange = content.Exchange, RoutingKey = content.RoutingKey },
                content,
                content.Properties);
        }
    }

    private sealed record ReplyConsumer(string Tag, string Address);
}
