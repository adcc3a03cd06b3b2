using System.Threading.Channels;
using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A queue of <see cref="InMemoryBroker"/>. Settling does nothing: nothing is ever delivered twice, but to browsers.</summary>
internal sealed class InMemoryQueue
{
    private readonly Channel<OutgoingMessage> _messages = Channel.CreateUnbounded<OutgoingMessage>();
    private int _consumers;

    public QueueState State => new(_messages.Reader.Count, _consumers);

    public void Add(OutgoingMessage message) => _messages.Writer.TryWrite(message);

    public IConsumer Consume(string name, Func<Delivery, ValueTask> onDelivery)
    {
        Interlocked.Increment(ref _consumers);
        return new Subscription(this, name, onDelivery);
    }

    /// <summary>Messages that were not acknowledged go to the end of the queue, as RabbitMQ 4 has it.</summary>
    public IBrowser Browse(string name, long atMost) => new Browser(this, name, atMost);

    private sealed class Browser(InMemoryQueue queue, string name, long atMost) : IBrowser
    {
        private readonly List<(InMemoryDelivery Delivery, OutgoingMessage Message)> _taken = [];

        public long Count { get; } = queue._messages.Reader.Count;

        public Task<Delivery?> NextAsync(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (_taken.Count >= Math.Min(Count, atMost) || !queue._messages.Reader.TryRead(out var message))
            {
                return Task.FromResult<Delivery?>(null);
            }

            var delivery = new InMemoryDelivery(name, (ulong)_taken.Count + 1, message);
            _taken.Add((delivery, message));
            return Task.FromResult<Delivery?>(delivery);
        }

        public ValueTask DisposeAsync()
        {
            foreach (var (delivery, message) in _taken.Where(taken => !taken.Delivery.IsAcked))
            {
                queue.Add(message);
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
                await foreach (var message in _queue._messages.Reader.ReadAllAsync(_stop.Token))
                {
                    await onDelivery(new InMemoryDelivery(name, ++tag, message));
                }
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                // Disposed of.
            }
        }
    }

    private sealed class InMemoryDelivery(string queue, ulong tag, OutgoingMessage message) : Delivery
    {
        public bool IsAcked { get; private set; }

        public override string Queue => queue;

        public override ulong DeliveryTag => tag;

        public override bool Redelivered => false;

        public override MessageProperties Properties => message.Properties;

        public override ReadOnlyMemory<byte> Body => message.Body;

        public override void Settle(Settlement settlement) => IsAcked |= settlement == Settlement.Ack;
    }
}
