using System.Collections.Concurrent;
using System.Threading.Channels;
using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A queue of <see cref="InMemoryBroker"/>. What is settled is gone, whichever way, but for browsers and single gets; lost deliveries come again.</summary>
internal sealed class InMemoryQueue
{
    private readonly Channel<(OutgoingMessage Message, bool Redelivered)> _messages = Channel.CreateUnbounded<(OutgoingMessage, bool)>();
    private readonly ConcurrentDictionary<InMemoryDelivery, bool> _unsettled = new();
    private int _consumers;

    public QueueState State => new(_messages.Reader.Count, _consumers);

    public void Add(OutgoingMessage message) => _messages.Writer.TryWrite((message, false));

    /// <summary>Deletes what waits.</summary>
    /// <returns>How many messages.</returns>
    public long Purge()
    {
        var purged = 0L;
        while (_messages.Reader.TryRead(out _))
        {
            purged++;
        }

        return purged;
    }

    /// <summary>Takes back what is unsettled, as a broker does when a channel ends, and delivers it again.</summary>
    public void LoseDeliveries()
    {
        foreach (var delivery in _unsettled.Keys.OrderBy(delivery => delivery.DeliveryTag))
        {
            if (_unsettled.TryRemove(delivery, out _))
            {
                delivery.Lose();
                _messages.Writer.TryWrite((delivery.Message, true));
            }
        }
    }

    /// <summary>Takes one message, which is back at the end of the queue when it is given back.</summary>
    public Delivery? Get(string name) => _messages.Reader.TryRead(out var next)
        ? new InMemoryDelivery(name, tag: 1, next.Redelivered, next.Message, _unsettled) { Return = Add }
        : null;

    public IConsumer Consume(string name, Func<Delivery, ValueTask> onDelivery)
    {
        Interlocked.Increment(ref _consumers);
        return new Subscription(this, name, onDelivery);
    }

    /// <summary>Messages that were not acknowledged go to the end of the queue, as RabbitMQ 4 has it.</summary>
    public IBrowser Browse(string name, long atMost) => new Browser(this, name, atMost);

    private sealed class Browser(InMemoryQueue queue, string name, long atMost) : IBrowser
    {
        private readonly List<InMemoryDelivery> _taken = [];

        public long Count { get; } = queue._messages.Reader.Count;

        public Task<Delivery?> NextAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_taken.Count >= Math.Min(Count, atMost) || !queue._messages.Reader.TryRead(out var next))
            {
                return Task.FromResult<Delivery?>(null);
            }

            var delivery = new InMemoryDelivery(name, (ulong)_taken.Count + 1, next.Redelivered, next.Message, queue._unsettled);
            _taken.Add(delivery);
            return Task.FromResult<Delivery?>(delivery);
        }

        public ValueTask DisposeAsync()
        {
            foreach (var delivery in _taken.Where(taken => !taken.IsAcked))
            {
                queue.Add(delivery.Message);
            }

            _taken.Clear();
            return ValueTask.CompletedTask;
        }
    }

    private sealed class Subscription : IConsumer
    {
        private readonly CancellationTokenSource _stop = new();
        private readonly InMemoryQueue _queue;
        private readonly Task _loop;

        public Subscription(InMemoryQueue queue, string name, Func<Delivery, ValueTask> onDelivery)
        {
            _queue = queue;
            _loop = DeliverAsync(name, onDelivery);
        }

        public Task PauseAsync(CancellationToken cancellationToken) => _stop.CancelAsync();

        public Task StopTakingAsync(CancellationToken cancellationToken) => _stop.CancelAsync();

        public Task SetPrefetchAsync(int prefetch, CancellationToken cancellationToken) => Task.CompletedTask;

        public async ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _queue._consumers);
            await _stop.CancelAsync();
            await _loop;
            _stop.Dispose();
        }

        private async Task DeliverAsync(string name, Func<Delivery, ValueTask> onDelivery)
        {
            await Task.Yield();
            try
            {
                var tag = 0UL;
                await foreach (var (message, redelivered) in _queue._messages.Reader.ReadAllAsync(_stop.Token))
                {
                    if (_stop.IsCancellationRequested)
                    {
                        // While what comes goes straight back, reading it never has to wait, and never notices.
                        _queue._messages.Writer.TryWrite((message, redelivered));
                        return;
                    }

                    var delivery = new InMemoryDelivery(name, ++tag, redelivered, message, _queue._unsettled);
                    _queue._unsettled.TryAdd(delivery, true);
                    await onDelivery(delivery);
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // Disposed of.
            }
        }
    }

    private sealed class InMemoryDelivery(
        string queue, ulong tag, bool redelivered, OutgoingMessage message, ConcurrentDictionary<InMemoryDelivery, bool> unsettled) : Delivery
    {
        private volatile bool _isLost;

        public OutgoingMessage Message => message;

        public bool IsAcked { get; private set; }

        /// <summary>Takes the message back when it is requeued; without that it is gone.</summary>
        public Action<OutgoingMessage>? Return { get; init; }

        public override string Queue => queue;

        public override ulong DeliveryTag => tag;

        public override bool Redelivered => redelivered;

        public override bool IsLost => _isLost;

        public override MessageProperties Properties => message.Properties;

        public override ReadOnlyMemory<byte> Body => message.Body;

        public void Lose() => _isLost = true;

        public override bool IsSettled => !unsettled.ContainsKey(this);

        public override void Settle(Settlement settlement)
        {
            IsAcked |= settlement == Settlement.Ack;
            if (settlement == Settlement.Requeue)
            {
                Return?.Invoke(message);
            }

            unsettled.TryRemove(this, out _);
        }
    }
}
