using System.Collections.Concurrent;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Testing;

namespace TaskQueue.IntegrationTests.Delays;

/// <summary>A consumer's callback that notes what came, when, and with what.</summary>
internal sealed class Arrivals
{
    // RabbitMQ repeats a dead-lettering that its own queue has not confirmed, but only after three minutes.
    private static readonly TimeSpan Deadline = TimeSpan.FromMinutes(4);

    public ConcurrentQueue<(string Text, DateTimeOffset At, MessageProperties Properties)> All { get; } = new();

    public ValueTask OnDeliveryAsync(Delivery delivery)
    {
        All.Enqueue((Encoding.UTF8.GetString(delivery.Body.Span), TimeProvider.System.GetUtcNow(), delivery.Properties));
        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }

    /// <summary>Waits until so many different messages came; tells where the others are when they do not.</summary>
    /// <param name="count">How many.</param>
    /// <param name="broker">Where they are.</param>
    /// <param name="forwarders">Who moves them.</param>
    public async Task AtLeastAsync(int count, PrivateBroker broker, IReadOnlyCollection<RunningForwarder> forwarders)
    {
        try
        {
            await Eventually.TrueAsync(
                () => All.DistinctBy(arrival => arrival.Text).Count() >= count,
                () => $"{count} messages; there are {All.Count}: {string.Join(", ", All.Select(arrival => arrival.Text))}",
                Deadline);
        }
        catch (TimeoutException e)
        {
            throw new TimeoutException($"{e.Message}\n{Where(broker, forwarders)}", e);
        }
    }

    private static string Where(PrivateBroker broker, IEnumerable<RunningForwarder> forwarders) =>
        $"{string.Join("\n--\n", forwarders.Select(forwarder => forwarder.Log))}\n{broker.LogTail()}";
}
