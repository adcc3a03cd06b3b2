using System.Globalization;
using System.Threading.Channels;
using RabbitMQ.Client;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>Walks through a queue on a channel of its own, a window of deliveries after the other.</summary>
/// <remarks>
/// Deliveries come by subscription: a <c>basic.get</c> each costs a quorum queue fifteen times as much. A subscription brings as many as its
/// prefetch and no more, since none is settled; then the next one takes its place, with the deliveries staying with the channel.
/// So there is no more in memory than one window of messages, and a number for each that was seen. Acknowledgements wait for the end of the
/// window: they would make room for deliveries that are under way while their subscription ends, and those go back unseen.
/// </remarks>
internal sealed class RabbitMqBrowser : AsyncDefaultBasicConsumer, IBrowser
{
    // RabbitMQ 3.10 gives back up to 32 messages of a consumer in their order, and more of them shuffled (maps of Erlang).
    private const int Window = 32;

    // How long nothing comes before we ask why, and how often we ask while messages wait.
    private static readonly TimeSpan QuietTime = TimeSpan.FromMilliseconds(250);
    private const int MostQuestions = 40;

    private readonly Session _session;
    private readonly string _queue;
    private readonly TimeProvider _time;
    private readonly CancellationTokenRegistration _sessionEnded;

    // No more than the prefetch.
    private readonly Channel<BrowsedDelivery> _arrived = System.Threading.Channels.Channel.CreateUnbounded<BrowsedDelivery>();

    // Protects the two below: tags that the broker waits for, and those that it is to hear of next.
    private readonly Lock _lock = new();
    private readonly SortedSet<ulong> _unsettled = [];
    private List<ulong> _acknowledged = [];

    private long _remaining;
    private int _windows;
    private string? _consumerTag;
    private int _room;
    private ulong _lastTag;
    private ulong _lastTagBeforeWindow;

    private RabbitMqBrowser(Session session, IChannel channel, string queue, long count, long atMost, TimeProvider time)
        : base(channel)
    {
        _session = session;
        _queue = queue;
        _time = time;
        Count = count;
        _remaining = Math.Min(count, atMost);
        channel.ChannelShutdownAsync += (_, reason) =>
        {
            End(ClientFaults.Explain(reason));
            return Task.CompletedTask;
        };
        _sessionEnded = session.EndedToken.Register(() => End("the connection ended"));
    }

    public long Count { get; }

    public static async Task<RabbitMqBrowser> OpenAsync(
        Session session, string queue, long count, long atMost, TimeProvider time, CancellationToken cancellationToken) =>
        new(session, await session.OpenChannelAsync(cancellationToken), queue, count, atMost, time);

    public async Task<Delivery?> NextAsync(CancellationToken cancellationToken)
    {
        if (_remaining == 0)
        {
            return null;
        }

        if (await ArrivedAsync(cancellationToken) is not { } delivery)
        {
            _remaining = 0;
            return null;
        }

        _remaining--;
        _room--;
        _lastTag = delivery.DeliveryTag;
        return delivery;
    }

    public void Acknowledge(ulong tag)
    {
        lock (_lock)
        {
            if (_unsettled.Remove(tag))
            {
                _acknowledged.Add(tag);
            }
        }
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
        lock (_lock)
        {
            _unsettled.Add(deliveryTag);
        }

        _arrived.Writer.TryWrite(
            new BrowsedDelivery(this, _queue, deliveryTag, redelivered, WireProperties.Read(properties), body.ToArray()));
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        // By the broker: the queue is gone.
        _arrived.Writer.TryComplete();
        return Task.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            await GiveBackAsync(_session.EndedToken);
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e))
        {
            // It ended by itself, and the broker has taken them back.
        }

        await _sessionEnded.DisposeAsync();
        await ChannelClosing.CloseQuietlyAsync(Channel);
    }

    private async Task<BrowsedDelivery?> ArrivedAsync(CancellationToken cancellationToken)
    {
        BrowsedDelivery? delivery;
        for (var (questions, empty) = (0, 0); !_arrived.Reader.TryRead(out delivery); questions++)
        {
            if (_room == 0)
            {
                await OpenWindowAsync(cancellationToken);
            }

            switch (await WaitAsync(cancellationToken))
            {
                case Arrival.Never:
                    return null;
                case Arrival.Yes:
                    continue;
            }

            // Twice, because the last message may have left the queue and not have reached us yet.
            empty = await IsEmptyAsync(cancellationToken) ? empty + 1 : 0;
            if (empty == 2)
            {
                return null;
            }

            if (questions >= MostQuestions)
            {
                throw new TimeoutException(
                    $"queue \"{_queue}\": messages wait, but the broker has delivered none for {QuietTime * MostQuestions}; its log may say why.");
            }
        }

        return delivery;
    }

    private async Task<Arrival> WaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _arrived.Reader.WaitToReadAsync(cancellationToken).AsTask().WaitAsync(QuietTime, _time, cancellationToken)
                ? Arrival.Yes
                : Arrival.Never;
        }
        catch (TimeoutException)
        {
            return Arrival.NotYet;
        }
    }

    /// <summary>Subscribes anew, for as many as the next window holds.</summary>
    private async Task OpenWindowAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_consumerTag is { } before)
            {
                await Channel.BasicCancelAsync(before, cancellationToken: cancellationToken);
                _consumerTag = null;
            }

            await SendAcknowledgementsAsync(cancellationToken);
            _lastTagBeforeWindow = _lastTag;
            _room = (int)Math.Min(Window, _remaining);
            await Channel.BasicQosAsync(0, (ushort)_room, global: false, cancellationToken);

            // Tags that sort as they came: in this order RabbitMQ gives back what each has brought.
            var tag = string.Create(CultureInfo.InvariantCulture, $"browse-{_windows++:D12}");
            _consumerTag = await Channel.BasicConsumeAsync(
                _queue, autoAck: false, tag, noLocal: false, exclusive: false, arguments: null, this, cancellationToken);
        }
        catch (Exception e) when (ClientFaults.IsNoSuchQueue(e))
        {
            _arrived.Writer.TryComplete();
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e) && !cancellationToken.IsCancellationRequested)
        {
            throw Ended(ClientFaults.Explain(e), e);
        }
    }

    private async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await _session.Admin.RunAsync(
                async (channel, cancel) => (await channel.QueueDeclarePassiveAsync(_queue, cancel)).MessageCount == 0, cancellationToken);
        }
        catch (Exception e) when (ClientFaults.IsNoSuchQueue(e))
        {
            return true;
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e) && !cancellationToken.IsCancellationRequested)
        {
            throw Ended(ClientFaults.Explain(e), e);
        }
    }

    private async Task GiveBackAsync(CancellationToken cancellationToken)
    {
        await SendAcknowledgementsAsync(cancellationToken);
        ulong held;
        lock (_lock)
        {
            held = _lastTagBeforeWindow == 0 ? 0 : _unsettled.GetViewBetween(0, _lastTagBeforeWindow).Max;
        }

        // A channel hands only 32 commands at a time to a quorum queue, and closing it loses the order of the rest. Cancelling a consumer goes
        // to the queue and back behind them. The last window is given back after that, so that it gets none of the others meanwhile.
        if (held > 0)
        {
            await Channel.BasicNackAsync(held, multiple: true, requeue: true, cancellationToken);
        }

        if (_consumerTag is { } tag)
        {
            await Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
            await Channel.BasicNackAsync(0, multiple: true, requeue: true, cancellationToken);
        }
    }

    private async Task SendAcknowledgementsAsync(CancellationToken cancellationToken)
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

    private void End(string reason) => _arrived.Writer.TryComplete(Ended(reason, innerException: null));

    private BrowsingEndedException Ended(string reason, Exception? innerException) =>
        new($"queue \"{_queue}\": browsing ended in the middle: {reason}. What was not acknowledged is back in the queue.", innerException!);

    private enum Arrival
    {
        Yes,
        NotYet,
        Never,
    }
}
