using System.Collections.Concurrent;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Delays;

/// <summary>A consumer's callback that notes what came, when, and with what.</summary>
internal sealed class Arrivals
{
    public ConcurrentQueue<(string Text, DateTimeOffset At, MessageProperties Properties)> All { get; } = new();

    public ValueTask OnDeliveryAsync(Delivery delivery)
    {
        All.Enqueue((Encoding.UTF8.GetString(delivery.Body.Span), TimeProvider.System.GetUtcNow(), delivery.Properties));
        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until so many different messages came.</summary>
    public Task AtLeastAsync(int count, TimeSpan? deadline = null) => Eventually.TrueAsync(
        () => All.DistinctBy(arrival => arrival.Text).Count() >= count,
        () => $"{count} messages; there are {All.Count}: {string.Join(", ", All.Select(arrival => arrival.Text).Take(20))}",
        deadline);
}
