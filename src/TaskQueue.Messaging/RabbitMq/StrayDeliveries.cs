using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Gives back deliveries for consumers that are gone. A broker that has cancelled one may deliver to it once more when it hears of a settlement that
/// was under way (RabbitMQ 4.3).</summary>
/// <remarks>They are listed as all others are: an acknowledgement of several must not cover them.</remarks>
internal sealed class StrayDeliveries(SettlingChannel channel) : IAsyncBasicConsumer
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
        var stray = new RabbitMqDelivery(channel, consumer: null, deliveryTag, redelivered, new MessageProperties(), body: default);
        if (channel.TryTake(stray))
        {
            stray.Settle(Settlement.Requeue);
        }

        return Task.CompletedTask;
    }

    public Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task HandleBasicCancelOkAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task HandleBasicConsumeOkAsync(string consumerTag, CancellationToken cancellationToken = default) => Task.CompletedTask;

    public Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason) => Task.CompletedTask;
}
