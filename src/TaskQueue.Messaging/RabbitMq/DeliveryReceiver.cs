using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>What the client calls for one consumer on one channel. Never waits: the client hands out the deliveries of a channel one by one.</summary>
internal sealed class DeliveryReceiver(SettlingChannel channel, RabbitMqConsumer consumer, Action<RabbitMqConsumer> onCancelledByBroker) : IAsyncBasicConsumer
{
    public IChannel? Channel => channel.Channel;

    public Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        if (channel.HasEnded)
        {
            return Task.CompletedTask;
        }

        var read = WireProperties.Read(properties);
        if (consumer.Verdict(redelivered, read) is { } verdict)
        {
            read = read with { Headers = null, Unreadable = new UnreadableProperties(verdict, WireProperties.Write(read)) };
        }

        // The client takes its buffer back when this returns.
        var delivery = new RabbitMqDelivery(channel, consumer, deliveryTag, redelivered, read, consumer.KeepBodies ? body.ToArray() : default);
        if (!consumer.KeepBodies)
        {
            delivery.RentBody(body);
        }

        if (channel.TryTake(delivery))
        {
            consumer.Offer(delivery);
        }
        else
        {
            delivery.ReleaseBody();
        }

        return Task.CompletedTask;
    }

    public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        onCancelledByBroker(consumer);
        return Task.CompletedTask;
    }

    public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) => Task.CompletedTask;
}
