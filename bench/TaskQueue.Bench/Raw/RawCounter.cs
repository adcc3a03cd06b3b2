using System.Diagnostics;
using RabbitMQ.Client;

namespace TaskQueue.Bench.Raw;

/// <summary>Takes messages from a queue and counts them.</summary>
internal sealed class RawCounter : AsyncDefaultBasicConsumer, IAsyncDisposable
{
    private const ulong AckAtLatest = 250;

    private readonly IConnection _connection;
    private ulong _acked;
    private long _count;

    // When there are that many, the waiting one hears when that was.
    private long _awaited = long.MaxValue;
    private TaskCompletionSource<long> _reached = new();

    private RawCounter(IConnection connection, IChannel channel)
        : base(channel) => _connection = connection;

    /// <summary>How many there were.</summary>
    public long Count => Volatile.Read(ref _count);

    public static async Task<RawCounter> StartAsync(int port, string queue, CancellationToken stop)
    {
        var connection = await RawConnection.OpenAsync(port, stop);
        var channel = await RawConnection.OpenConsumingAsync(connection, stop);
        var counter = new RawCounter(connection, channel);
        await channel.BasicConsumeAsync(queue, autoAck: false, counter, stop);
        return counter;
    }

    /// <summary>When so many more messages will have come. To be called before they are sent.</summary>
    /// <returns>The time stamp of the last of them.</returns>
    public Task<long> More(long messages)
    {
        _reached = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _awaited, Count + messages);
        return _reached.Task;
    }

    /// <inheritdoc/>
    public override async Task HandleBasicDeliverAsync(
        string consumerTag,
        ulong deliveryTag,
        bool redelivered,
        string exchange,
        string routingKey,
        IReadOnlyBasicProperties properties,
        ReadOnlyMemory<byte> body,
        CancellationToken cancellationToken = default)
    {
        var count = Interlocked.Increment(ref _count);
        var isLast = count == Volatile.Read(ref _awaited);
        if (isLast)
        {
            _reached.TrySetResult(Stopwatch.GetTimestamp());
        }

        if (isLast || deliveryTag - _acked >= AckAtLatest)
        {
            _acked = deliveryTag;
            await Channel.BasicAckAsync(deliveryTag, multiple: true, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync();
        await _connection.DisposeAsync();
    }
}
