using System.Collections.Concurrent;
using TaskQueue.Messaging;

namespace TaskQueue.Testing;

/// <summary>A broker within the test: queues are lists, and the test decides what becomes of messages.</summary>
/// <remarks>For unit tests of code above the seam. What a real broker does is tested against a real broker.</remarks>
public sealed class InMemoryBroker : IBroker
{
    /// <summary>Who is connected.</summary>
    public const string User = "guest";

    private readonly Lock _lock = new();
    private readonly Dictionary<string, InMemoryQueue> _queues = new(StringComparer.Ordinal);

    /// <summary>What becomes of the next messages, in this order; after these they are confirmed, or returned for want of a queue.</summary>
    public ConcurrentQueue<PublishOutcome> NextOutcomes { get; } = new();

    /// <summary>Decides what becomes of a message; where it says nothing, <see cref="NextOutcomes"/> does.</summary>
    public Func<OutgoingMessage, PublishAnswer?> AnswerTo { get; set; } = _ => null;

    /// <summary>Every message that was sent, lost and refused ones included.</summary>
    public ConcurrentQueue<OutgoingMessage> Sent { get; } = new();

    /// <summary>Every queue that was declared.</summary>
    public ConcurrentQueue<QueueDefinition> Declared { get; } = new();

    /// <summary>Why queues may not be declared, by name.</summary>
    public ConcurrentDictionary<string, string> Refused { get; } = new(StringComparer.Ordinal);

    /// <summary>The most messages that were sent and not answered at any time.</summary>
    public int MostInFlight { get; private set; }

    /// <summary>While set, no message can be sent at all.</summary>
    public Exception? SendingFails { get; set; }

    /// <summary>While set, messages get no answer.</summary>
    public bool HoldsAnswers { get; set; }

    /// <inheritdoc/>
    public BrokerHealth Health { get; set; } = BrokerHealth.Healthy;

    /// <summary>Whether it was disposed of.</summary>
    public bool IsDisposed { get; private set; }

    private Queue<Action> HeldAnswers { get; } = new();

    /// <summary>Gives the answers that were held.</summary>
    public void Answer()
    {
        HoldsAnswers = false;
        lock (_lock)
        {
            while (HeldAnswers.TryDequeue(out var answer))
            {
                answer();
            }
        }
    }

    /// <summary>Takes back every delivery of a queue that is unsettled, as a broker does when a channel ends: they are lost, and come again.</summary>
    public void LoseDeliveries(string queue)
    {
        lock (_lock)
        {
            _queues[queue].LoseDeliveries();
        }
    }

    /// <summary>Whether a queue exists.</summary>
    public bool HasQueue(string queue)
    {
        lock (_lock)
        {
            return _queues.ContainsKey(queue);
        }
    }

    /// <inheritdoc/>
    public Task ConnectAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public Task DeclareExchangeAsync(string exchange, CancellationToken cancellationToken) =>
        Refused.TryGetValue(exchange, out var reason) ? Task.FromException(new BrokerRefusedException(reason)) : Task.CompletedTask;

    /// <inheritdoc/>
    public Task DeclareQueueAsync(QueueDefinition queue, CancellationToken cancellationToken)
    {
        Declared.Enqueue(queue);
        if (Refused.TryGetValue(queue.Name, out var reason))
        {
            return Task.FromException(new BrokerRefusedException(reason));
        }

        lock (_lock)
        {
            _queues.TryAdd(queue.Name, new InMemoryQueue());
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask SendAsync(OutgoingMessage message, IPublishListener listener, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (SendingFails is { } failure)
        {
            throw failure;
        }

        var copy = message with
        {
            Properties = message.NamesUser ? message.Properties with { UserId = User } : message.Properties,
            Body = message.Body.ToArray(),
        };
        Sent.Enqueue(copy);
        lock (_lock)
        {
            var exists = _queues.TryGetValue(copy.RoutingKey, out var queue);
            var decided = AnswerTo(copy);
            var outcome = decided?.Outcome ?? PublishOutcome.Confirmed;
            if (decided is null && !NextOutcomes.TryDequeue(out outcome))
            {
                outcome = exists ? PublishOutcome.Confirmed : PublishOutcome.Returned;
            }

            if (outcome == PublishOutcome.Confirmed)
            {
                queue?.Add(copy);
            }

            HeldAnswers.Enqueue(decided?.Refusal is { } refusal
                ? () => listener.OnRefusedForGood(refusal)
                : () => listener.OnOutcome(outcome, outcome == PublishOutcome.Returned ? copy.Body : default));
            MostInFlight = Math.Max(MostInFlight, HeldAnswers.Count);
        }

        if (!HoldsAnswers)
        {
            Answer();
        }

        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<IConsumer> ConsumeAsync(
        QueueDefinition queue, ConsumerOptions options, Func<Delivery, ValueTask> onDelivery, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_queues[queue.Name].Consume(queue.Name, onDelivery));
        }
    }

    /// <inheritdoc/>
    public Task<Delivery?> GetAsync(string queue, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_queues.GetValueOrDefault(queue)?.Get(queue));
        }
    }

    /// <inheritdoc/>
    public Task<IBrowser?> BrowseAsync(string queue, BrowseOptions options, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_queues.GetValueOrDefault(queue)?.Browse(queue, options.AtMost));
        }
    }

    /// <inheritdoc/>
    public Task<QueueState?> InspectQueueAsync(string queue, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_queues.GetValueOrDefault(queue)?.State);
        }
    }

    /// <inheritdoc/>
    public Task<long> PurgeQueueAsync(string queue, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            return Task.FromResult(_queues.GetValueOrDefault(queue)?.Purge() ?? 0L);
        }
    }

    /// <inheritdoc/>
    public Task DeleteQueueAsync(string queue, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            _queues.Remove(queue);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
