using Microsoft.Extensions.Logging;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Fetches messages singly, on one channel for each queue, so that they are settled like those of consumers.</summary>
internal sealed class SingleGets(ILogger logger) : IAsyncDisposable
{
    // One at a time: deliveries must be listed in the order of their tags.
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Dictionary<string, SettlingChannel> _channels = new(StringComparer.Ordinal);

    public async Task<Delivery?> GetAsync(Session session, string queue, CancellationToken cancellationToken)
    {
        await _gate.WaitAsync(cancellationToken);
        try
        {
            if (!_channels.TryGetValue(queue, out var channel) || channel.HasEnded)
            {
                channel = _channels[queue] = await SettlingChannel.OpenAsync(session, queue, logger, cancellationToken);
            }

            // Once asked, the answer is waited for: it may be a message.
            if (await channel.Channel.BasicGetAsync(queue, autoAck: false, CancellationToken.None) is not { } got)
            {
                return null;
            }

            var delivery = new RabbitMqDelivery(
                channel, consumer: null, got.DeliveryTag, got.Redelivered, WireProperties.Read(got.BasicProperties), got.Body);
            return channel.TryTake(delivery) ? delivery : null;
        }
        catch (Exception e) when (ClientFaults.IsNoSuchQueue(e))
        {
            return null;
        }
        finally
        {
            _gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _gate.WaitAsync();
        try
        {
            foreach (var channel in _channels.Values)
            {
                await channel.DisposeAsync();
            }
        }
        finally
        {
            _gate.Release();
        }
    }
}
