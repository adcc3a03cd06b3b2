using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Bench.Raw;

/// <summary>Passes each message on at once, and acknowledges up to where all are confirmed, many at a time.</summary>
internal sealed class RawForwarder : AsyncDefaultBasicConsumer, IAsyncDisposable
{
    private const ulong AckAtLatest = 250;

    private readonly IChannel _source;
    private readonly IChannel _target;
    private readonly IReadOnlyList<IConnection> _connections;
    private readonly CachedString _queue;
    private readonly BasicProperties _properties = RawConnection.Properties;
    private readonly Confirmations _confirmations = new();
    private ulong _taken;
    private ulong _acked;

    private RawForwarder(IReadOnlyList<IConnection> connections, IChannel source, IChannel target, string queue)
        : base(source)
    {
        _connections = connections;
        _source = source;
        _target = target;
        _queue = new CachedString(queue);
        target.BasicAcksAsync += OnConfirmAsync;
    }

    /// <summary>Begins to forward.</summary>
    /// <param name="port">The broker's.</param>
    /// <param name="source">The queue to take from.</param>
    /// <param name="target">The queue to publish to.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<RawForwarder> StartAsync(int port, string source, string target, CancellationToken stop)
    {
        // Two, so that a broker that slows a publisher down does not hold up its acknowledgements.
        var taking = await RawConnection.OpenAsync(port, stop);
        var publishing = await RawConnection.OpenAsync(port, stop);
        var channel = await RawConnection.OpenConsumingAsync(taking, stop);
        var forwarder = new RawForwarder([taking, publishing], channel, await RawConnection.OpenPublishingAsync(publishing, stop), target);
        await channel.BasicConsumeAsync(source, autoAck: false, forwarder, stop);
        return forwarder;
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
        // Deliveries and publishes are numbered alike: one each, in the same order.
        Volatile.Write(ref _taken, deliveryTag);
        await _target.BasicPublishAsync(CachedString.Empty, _queue, mandatory: false, _properties, body, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            await connection.CloseAsync();
            await connection.DisposeAsync();
        }
    }

    private async Task OnConfirmAsync(object sender, BasicAckEventArgs confirm)
    {
        _confirmations.Note(confirm.DeliveryTag, confirm.Multiple);
        var upTo = _confirmations.UpTo;
        if (upTo > _acked && (confirm.Multiple || upTo - _acked >= AckAtLatest || upTo == Volatile.Read(ref _taken)))
        {
            _acked = upTo;
            await _source.BasicAckAsync(upTo, multiple: true);
        }
    }
}
