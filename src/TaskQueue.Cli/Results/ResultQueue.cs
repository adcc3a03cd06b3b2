using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Results;

/// <summary>Looks at the results in a queue again and again, or takes them.</summary>
/// <remarks>Nobody can listen to a queue without taking from it, so looking is to take all, show those that are new, and put all back.</remarks>
internal sealed class ResultQueue(IBroker broker, string queue)
{
    /// <summary>How many are taken at a time.</summary>
    public const int MostAtATime = 1000;

    // A number for each: there may be millions.
    private HashSet<ulong> _seen = [];

    /// <summary>Shows those that were not there at the last look. The newest are behind all others, so all are looked at.</summary>
    /// <param name="options">How to look.</param>
    /// <param name="newest">How many of them to show, if not all.</param>
    /// <param name="show">Shows one.</param>
    /// <param name="cancellationToken">Stops.</param>
    /// <returns>How many there were at the beginning, or <see langword="null"/> when there is no such queue: where there are as many still, nothing is new.</returns>
    public async Task<long?> LookAsync(BrowseOptions options, int? newest, Func<MessageProperties, ReadOnlyMemory<byte>, Task> show, CancellationToken cancellationToken)
    {
        var seen = new HashSet<ulong>();
        var kept = new Queue<(MessageProperties Properties, byte[] Body)>();
        var count = await QueueWalk.WalkAsync(
            broker,
            queue,
            options,
            delivery =>
            {
                var mark = MarkOf(delivery);
                if (seen.Add(mark) && !_seen.Contains(mark))
                {
                    kept.Enqueue((delivery.Properties.WithoutDeliveryCounts(), delivery.Body.ToArray()));
                    if (kept.Count > newest)
                    {
                        kept.Dequeue();
                    }
                }

                return Task.CompletedTask;
            },
            () => Task.CompletedTask,
            cancellationToken);
        _seen = seen;
        foreach (var (properties, body) in kept)
        {
            await show(properties, body);
        }

        return count;
    }

    /// <summary>Takes results from the head of the queue: each is deleted when it has been shown.</summary>
    /// <returns>How many.</returns>
    public async Task<int> TakeAsync(int atMost, Func<MessageProperties, ReadOnlyMemory<byte>, Task> show, CancellationToken cancellationToken)
    {
        var taken = 0;
        await using var browser = await broker.BrowseAsync(
            queue, new BrowseOptions(Math.Min(atMost, MostAtATime)) { IgnoresDeliveryLimit = true }, cancellationToken);
        while (browser is not null && await browser.NextAsync(cancellationToken) is { } delivery)
        {
            await show(delivery.Properties.WithoutDeliveryCounts(), delivery.Body);
            delivery.Settle(Settlement.Ack);
            taken++;
        }

        return taken;
    }

    // Results have ids; what somebody else puts there may have none.
    private static ulong MarkOf(Delivery delivery)
    {
        var text = delivery.Properties.MessageId ?? Convert.ToHexString(SHA256.HashData(delivery.Body.Span)) + delivery.Properties.CorrelationId;
        return BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }
}
