using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;

namespace TaskQueue.Client.Replies;

/// <summary>The queue that this client's results come to, and those who wait for them.</summary>
/// <remarks>
/// The queue is neither exclusive nor deleted with its consumer, as reply queues often are: both would lose the results that
/// arrive while the connection is away. It expires instead, when nobody comes back.
/// </remarks>
internal sealed class ReplyQueue : IAsyncDisposable
{
    // Replies are only handed on, so any number keeps pace; this one bounds what a slow program holds in memory.
    private const int Prefetch = 100;

    private static readonly TimeSpan DeleteTimeout = TimeSpan.FromSeconds(5);

    private readonly IBroker _broker;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ConcurrentDictionary<string, Waiting> _waiting = new(StringComparer.Ordinal);
    private IConsumer? _consumer;

    private ReplyQueue(IBroker broker, string name, TimeProvider time, ILogger logger)
    {
        _broker = broker;
        Name = name;
        _time = time;
        _logger = logger;
    }

    /// <summary>Its name, for <c>reply-to</c>.</summary>
    public string Name { get; }

    /// <summary>Declares a reply queue and consumes it.</summary>
    public static async Task<ReplyQueue> OpenAsync(
        IBroker broker, string prefix, TimeSpan expiry, TimeProvider time, ILogger logger, CancellationToken cancellationToken)
    {
        // Classic: a queue of one program for a while needs no copies on other nodes, and quorum queues are slow to make.
        var queue = new QueueDefinition(new QueueNames(prefix).Reply($"{Guid.NewGuid():N}"), QueueType.Classic) { DeleteUnusedAfter = expiry };
        await broker.DeclareQueueAsync(queue, cancellationToken).ConfigureAwait(false);
        var replies = new ReplyQueue(broker, queue.Name, time, logger);
        replies._consumer = await broker
            .ConsumeAsync(queue, new ConsumerOptions(Prefetch), replies.OnDeliveryAsync, cancellationToken)
            .ConfigureAwait(false);
        return replies;
    }

    /// <summary>Begins to wait for a reply; to be called before its task is published.</summary>
    /// <exception cref="InvalidOperationException">Somebody waits for that correlation id already.</exception>
    public Waiting Expect(string correlationId, string messageId, string workerType)
    {
        var waiting = new Waiting(this, correlationId, messageId, workerType);
        return _waiting.TryAdd(correlationId, waiting)
            ? waiting
            : throw new InvalidOperationException(
                $"Correlation id \"{correlationId}\" is waited for already: two tasks that run at once need two, or their results could not be told apart.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync().ConfigureAwait(false);
        }

        foreach (var waiting in _waiting.Values)
        {
            waiting.Abandon();
        }

        using var deadline = new CancellationTokenSource(DeleteTimeout, _time);
        try
        {
            await _broker.DeleteQueueAsync(Name, deadline.Token).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Tidiness only: whatever prevents it must not break the end of somebody's program, and the queue expires.
            _logger.ReplyQueueLeftBehind(e, Name);
        }
    }

    private ValueTask OnDeliveryAsync(Delivery delivery)
    {
        var properties = delivery.Properties;
        if (properties.CorrelationId is { } correlationId && _waiting.TryGetValue(correlationId, out var waiting))
        {
            waiting.Complete(properties, delivery.Body);
        }
        else
        {
            _logger.UnexpectedReply(properties.CorrelationId);
        }

        delivery.Settle(Settlement.Ack);
        return ValueTask.CompletedTask;
    }

    /// <summary>A wait for one reply; disposing ends it.</summary>
    internal sealed class Waiting(ReplyQueue owner, string correlationId, string messageId, string workerType) : IDisposable
    {
        private readonly TaskCompletionSource<TaskResult> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task<TaskResult> Result => _result.Task;

        // The first reply counts: a worker may send several, and the broker may deliver one twice.
        public void Complete(MessageProperties properties, ReadOnlyMemory<byte> body) =>
            _result.TrySetResult(new TaskResult(messageId, workerType, properties, body));

        public void Abandon() => _result.TrySetException(new ObjectDisposedException(nameof(TaskQueueClient)));

        public void Dispose() => owner._waiting.TryRemove(KeyValuePair.Create(correlationId, this));
    }
}
