using System.Globalization;
using System.Threading.Channels;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A channel that a queue is browsed on: takes messages, a window of deliveries after the other, and gives all back in their order.</summary>
/// <remarks>
/// Each window is a subscription. It brings as many deliveries as its prefetch and no more, since none is settled; then the next one takes its
/// place, with the deliveries staying with the channel. Acknowledgements wait for the end of the window: they would make room for deliveries
/// that are under way while their subscription ends, and those go back unseen.
/// </remarks>
internal sealed class BrowsingChannel : AsyncDefaultBasicConsumer
{
    // Erlang keeps the order of up to 32 entries of a map. In RabbitMQ before 4.0 the messages of a consumer are such a map, and in all
    // versions the consumers of a channel are.
    private const int Window = 32, MostWindows = 32;

    private readonly string _queue;
    private readonly ChannelWriter<BrowsedDelivery> _arrived;

    // Protects the three below: deliveries that the broker waits for, those that it is to hear of next, and those that a return counts against.
    private readonly Lock _lock = new();
    private readonly SortedSet<ulong> _unsettled = [];
    private readonly SortedDictionary<ulong, BrowsedDelivery> _counted = [];
    private List<ulong> _acknowledged = [];

    // The last delivery of each window that is closed.
    private readonly List<ulong> _closed = [];
    private int _windows;
    private string? _consumerTag;

    private BrowsingChannel(IChannel channel, string queue, ChannelWriter<BrowsedDelivery> arrived)
        : base(channel)
    {
        _queue = queue;
        _arrived = arrived;
    }

    /// <summary>Whether it can take no more, or it could not give all back in order.</summary>
    public bool IsFull => _windows == MostWindows;

    /// <summary>How many messages it has that it will give back.</summary>
    public int Held
    {
        get
        {
            lock (_lock)
            {
                return _unsettled.Count;
            }
        }
    }

    /// <summary>The messages among them that must not come back as returned: one more return, and the broker might drop them, or a pool would take them for
    /// having ended another one.</summary>
    public IReadOnlyList<BrowsedDelivery> Counted
    {
        get
        {
            lock (_lock)
            {
                return [.. _counted.Values.Where(delivery => !delivery.IsSettled)];
            }
        }
    }

    /// <param name="session">The connection.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="arrived">Takes what comes; completed when no more can.</param>
    /// <param name="end">Says why the channel ended.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public static async Task<BrowsingChannel> OpenAsync(
        Session session, string queue, ChannelWriter<BrowsedDelivery> arrived, Action<string> end, CancellationToken cancellationToken)
    {
        var channel = await session.OpenChannelAsync(cancellationToken);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            end(ClientFaults.Explain(reason));
            return Task.CompletedTask;
        };
        return new BrowsingChannel(channel, queue, arrived);
    }

    /// <summary>Subscribes anew, for as many as the next window holds.</summary>
    /// <returns>How many that are.</returns>
    public async Task<int> OpenWindowAsync(long wanted, CancellationToken cancellationToken)
    {
        await CloseWindowAsync(cancellationToken);
        var room = (int)Math.Min(Window, wanted);
        await Channel.BasicQosAsync(0, (ushort)room, global: false, cancellationToken);

        // Tags that sort as they came: in this order RabbitMQ gives back what each has brought.
        var tag = string.Create(CultureInfo.InvariantCulture, $"browse-{_windows++:D2}");
        _consumerTag = await Channel.BasicConsumeAsync(
            _queue, autoAck: false, tag, noLocal: false, exclusive: false, arguments: null, this, cancellationToken);
        return room;
    }

    /// <summary>Ends the last subscription, and sends the acknowledgements.</summary>
    public async Task CloseWindowAsync(CancellationToken cancellationToken)
    {
        if (_consumerTag is not { } tag)
        {
            return;
        }

        await Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
        _consumerTag = null;
        await SendAcknowledgementsAsync(cancellationToken);
        lock (_lock)
        {
            _closed.Add(_unsettled.Max);
        }
    }

    /// <summary>Lets a message go with the end of the window.</summary>
    public void Acknowledge(ulong tag)
    {
        lock (_lock)
        {
            if (_unsettled.Remove(tag))
            {
                // Its body is not needed any more, and whoever empties a queue acknowledges millions.
                _counted.Remove(tag);
                _acknowledged.Add(tag);
            }
        }
    }

    /// <summary>Gives back all that was not acknowledged, in its order and into its place.</summary>
    /// <param name="byClosing">Whether closing the channel does that: RabbitMQ before 4.3 puts what is given back one by one at the end of some
    /// queues. Later all goes into its place, and a message that is given back does not count as a failed one, which one of a closed channel does.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    public async Task GiveBackAsync(bool byClosing, CancellationToken cancellationToken)
    {
        try
        {
            await SendAcknowledgementsAsync(cancellationToken);
            if (!byClosing)
            {
                foreach (var last in LastOfWindows().Distinct())
                {
                    await Channel.BasicNackAsync(last, multiple: true, requeue: true, cancellationToken);
                }
            }

            // A channel hands only 32 commands at a time to a quorum queue, and forgets the rest when it closes. Cancelling a consumer goes to
            // the queue and back behind them. The last window is given back after that, so that it gets none of the others meanwhile.
            if (_consumerTag is { } tag)
            {
                await Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
                if (!byClosing)
                {
                    await Channel.BasicNackAsync(0, multiple: true, requeue: true, cancellationToken);
                }
            }
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e))
        {
            // It ended by itself, and the broker has taken them back.
        }

        await ChannelClosing.CloseQuietlyAsync(Channel);
    }

    public override Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        var delivery = new BrowsedDelivery(this, _queue, deliveryTag, redelivered, WireProperties.Read(properties), body.ToArray());
        lock (_lock)
        {
            _unsettled.Add(deliveryTag);
            if (delivery.IsWornOut || delivery.Properties.Headers?.ContainsKey(HeaderNames.Suspect) is true)
            {
                _counted.Add(deliveryTag, delivery);
            }
        }

        _arrived.TryWrite(delivery);
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        // By the broker: the queue is gone.
        _arrived.TryComplete();
        return Task.CompletedTask;
    }

    /// <summary>The last delivery of each closed window that is unsettled; windows of which all is acknowledged have none.</summary>
    private ulong[] LastOfWindows()
    {
        lock (_lock)
        {
            return [.. _closed.Select(last => last == 0 ? 0 : _unsettled.GetViewBetween(0, last).Max).Where(last => last > 0)];
        }
    }

    /// <summary>Lets all go now that are to go.</summary>
    public async Task SendAcknowledgementsAsync(CancellationToken cancellationToken)
    {
        List<ulong> tags;
        lock (_lock)
        {
            (tags, _acknowledged) = (_acknowledged, []);
        }

        foreach (var tag in tags)
        {
            await Channel.BasicAckAsync(tag, multiple: false, cancellationToken);
        }
    }
}
