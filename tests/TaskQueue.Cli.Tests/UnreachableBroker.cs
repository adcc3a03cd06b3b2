using TaskQueue.Messaging;

namespace TaskQueue.Cli.Tests;

/// <summary>A broker that cannot be connected to.</summary>
internal sealed class UnreachableBroker(Exception? refusal = null) : IBroker
{
    public BrokerHealth Health => new(BrokerCondition.Disconnected, "unreachable", DateTimeOffset.UnixEpoch);

    public async Task ConnectAsync(CancellationToken cancellationToken)
    {
        if (refusal is not null)
        {
            throw refusal;
        }

        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }

    public Task DeclareExchangeAsync(string exchange, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeclareQueueAsync(QueueDefinition queue, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask SendAsync(OutgoingMessage message, IPublishListener listener, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IConsumer> ConsumeAsync(
        QueueDefinition queue, ConsumerOptions options, Func<Delivery, ValueTask> onDelivery, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Delivery?> GetAsync(string queue, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IBrowser?> BrowseAsync(string queue, BrowseOptions options, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<QueueState?> InspectQueueAsync(string queue, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<long> PurgeQueueAsync(string queue, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteQueueAsync(string queue, CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
