using System.Collections.Concurrent;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests;

/// <summary>A consumer's callback that keeps what it gets, unsettled unless told otherwise.</summary>
internal sealed class DeliveryList(bool ack = false)
{
    public ConcurrentQueue<Delivery> All { get; } = new();

    public ConcurrentQueue<string> Texts { get; } = new();

    public ValueTask OnDeliveryAsync(Delivery delivery)
    {
        All.Enqueue(delivery);
        Texts.Enqueue(Encoding.UTF8.GetString(delivery.Body.Span));
        if (ack)
        {
            delivery.Settle(Settlement.Ack);
        }

        return ValueTask.CompletedTask;
    }

    public async Task<IReadOnlyList<Delivery>> AtLeastAsync(int count)
    {
        await Eventually.TrueAsync(() => All.Count >= count, () => $"{count} deliveries; there are {All.Count}: {string.Join(", ", Texts.Take(20))}");
        return [.. All];
    }
}
