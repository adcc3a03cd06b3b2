using Microsoft.Extensions.Logging;
using RabbitMQ.Client.Exceptions;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A channel that one queue is consumed on, and what the broker knows there: which consumers, with which prefetch.</summary>
/// <remarks>One caller at a time; what the broker does of its own accord comes beside that.</remarks>
internal sealed class SubscribedChannel : IAsyncDisposable
{
    private readonly SettlingChannel _channel;
    private readonly IDictionary<string, object?>? _arguments;
    private readonly Action _onCancelled;

    // Protects the three below.
    private readonly Lock _lock = new();
    private readonly Dictionary<RabbitMqConsumer, (string Tag, int Prefetch)> _known = [];
    private readonly List<string> _unanswered = [];
    private bool _anyCancelled;

    private ushort _prefetch;
    private int _lastTag;

    private SubscribedChannel(Session session, SettlingChannel channel, IDictionary<string, object?>? arguments, Action onCancelled)
    {
        Session = session;
        _channel = channel;
        channel.Channel.DefaultConsumer = new StrayDeliveries(channel);
        _arguments = arguments;
        _onCancelled = onCancelled;
    }

    /// <summary>The session that it belongs to.</summary>
    public Session Session { get; }

    /// <summary>Completes with the reason.</summary>
    public Task<string> Ended => _channel.Ended;

    public bool HasEnded => _channel.HasEnded;

    /// <summary>Opens one that the broker knows no consumer on yet.</summary>
    /// <param name="session">In which session.</param>
    /// <param name="queue">The queue's name.</param>
    /// <param name="arguments">What to subscribe with.</param>
    /// <param name="onCancelled">Hears, on the client's thread, that the broker has ended a subscription.</param>
    /// <param name="logger">Where to log.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<SubscribedChannel> OpenAsync(
        Session session, string queue, IDictionary<string, object?>? arguments, Action onCancelled, ILogger logger, CancellationToken cancellationToken) =>
        new(session, await SettlingChannel.OpenAsync(session, queue, logger, cancellationToken), arguments, onCancelled);

    /// <summary>Whether the broker has a subscription of this consumer.</summary>
    public bool Knows(RabbitMqConsumer consumer)
    {
        lock (_lock)
        {
            return _known.ContainsKey(consumer);
        }
    }

    /// <summary>Whether the broker has ended subscriptions since the last call.</summary>
    public bool TakeCancelled()
    {
        lock (_lock)
        {
            var any = _anyCancelled;
            _anyCancelled = false;
            return any;
        }
    }

    /// <summary>Tells the broker how many deliveries a consumer wants, if it does not know.</summary>
    /// <remarks>The broker applies a prefetch to later subscriptions only. A quorum queue takes back what is on its way when a subscription is cancelled, and
    /// delivers it again as a redelivery; so whoever wants to go on waits for that.</remarks>
    public async Task ApplyAsync(RabbitMqConsumer consumer, int wanted, CancellationToken cancellationToken)
    {
        await AnswerAsync(cancellationToken);
        var (tag, prefetch) = Known(consumer);
        if (prefetch == wanted)
        {
            return;
        }

        if (tag is not null)
        {
            // What this one has brought stays ours.
            await CancelAsync(tag, isAtOnce: wanted == 0, cancellationToken);
            Forget(consumer);
        }

        if (wanted > 0)
        {
            await ConsumeAsync(consumer, (ushort)wanted, cancellationToken);
        }
    }

    /// <summary>What of its deliveries nobody has settled.</summary>
    public IReadOnlyList<MessageProperties> Unsettled() => _channel.Unsettled();

    /// <summary>Gives back what a consumer has not settled.</summary>
    public void GiveBack(RabbitMqConsumer consumer) => _channel.GiveBack(consumer);

    /// <summary>Ends all subscriptions, so that everything that was settled has reached the queue.</summary>
    public async Task CancelAllAsync()
    {
        string[] tags;
        lock (_lock)
        {
            tags = [.. _known.Values.Select(known => known.Tag)];
        }

        try
        {
            // A channel of RabbitMQ hands only 32 acknowledgements at a time to a quorum queue, and forgets the rest when it closes.
            // Cancelling goes to the queue and back, behind those, so that they are through when the channel closes.
            await _channel.FlushAsync();
            foreach (var tag in tags)
            {
                await _channel.Channel.BasicCancelAsync(tag);
            }
        }
        catch (Exception e) when (ClientFaults.IsInterruption(e))
        {
            // It ended by itself.
        }
    }

    /// <summary>Closes it; the broker takes back what is not settled.</summary>
    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private async Task CancelAsync(string tag, bool isAtOnce, CancellationToken cancellationToken)
    {
        try
        {
            await (isAtOnce ? _channel.FlushAsync() : _channel.HoldBackAsync());
            await _channel.Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
        }
        finally
        {
            _channel.GoOn();
        }
    }

    private async Task ConsumeAsync(RabbitMqConsumer consumer, ushort prefetch, CancellationToken cancellationToken)
    {
        if (prefetch != _prefetch)
        {
            await _channel.Channel.BasicQosAsync(prefetchSize: 0, prefetch, global: false, cancellationToken);
            _prefetch = prefetch;
        }

        var tag = $"taskqueue-{++_lastTag}";
        lock (_lock)
        {
            // Before the broker knows it: it may cancel at once.
            _known[consumer] = (tag, prefetch);
        }

        try
        {
            await _channel.Channel.BasicConsumeAsync(
                _channel.Queue,
                autoAck: false,
                tag,
                noLocal: false,
                exclusive: false,
                _arguments,
                new DeliveryReceiver(_channel, consumer, OnCancelled),
                cancellationToken);
        }
        catch (OperationInterruptedException e) when (ClientFaults.IsRefusal(e))
        {
            throw QueueRefusal.Of(_channel.Queue, e);
        }
    }

    private void OnCancelled(RabbitMqConsumer consumer)
    {
        lock (_lock)
        {
            _anyCancelled = true;
            if (_known.Remove(consumer, out var known))
            {
                _unanswered.Add(known.Tag);
            }
        }

        // Deleted with the queue, or (RabbitMQ 4.3) the oldest was held for too long.
        _channel.Lose(consumer);
        _onCancelled();
    }

    /// <summary>Cancels, too, what the broker has cancelled.</summary>
    /// <remarks>RabbitMQ 4.3 cancels a consumer that has held a delivery for too long, and waits: settling what it still holds would revive a
    /// consumer that nobody listens to any more. Other versions know of none with that tag, which is as well.</remarks>
    private async Task AnswerAsync(CancellationToken cancellationToken)
    {
        string[] tags;
        lock (_lock)
        {
            tags = [.. _unanswered];
            _unanswered.Clear();
        }

        foreach (var tag in tags)
        {
            await _channel.Channel.BasicCancelAsync(tag, cancellationToken: cancellationToken);
        }
    }

    private (string? Tag, int Prefetch) Known(RabbitMqConsumer consumer)
    {
        lock (_lock)
        {
            return _known.TryGetValue(consumer, out var known) ? known : (null, 0);
        }
    }

    private void Forget(RabbitMqConsumer consumer)
    {
        lock (_lock)
        {
            _known.Remove(consumer);
        }
    }
}
