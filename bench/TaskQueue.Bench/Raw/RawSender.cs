using System.Globalization;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using TaskQueue.Bench.Driving;

namespace TaskQueue.Bench.Raw;

/// <summary>Publishes with confirms, a window of them at a time.</summary>
internal sealed class RawSender : ISender
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;
    private readonly CachedString _queue;
    private readonly RawMessage _message;
    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly SemaphoreSlim _room;
    private readonly Confirmations _confirmations = new();
    private readonly BasicProperties _properties;
    private ulong _sent;

    // When that many are confirmed, the waiting one hears of it.
    private ulong _awaited = ulong.MaxValue;
    private TaskCompletionSource _reached = new();

    private RawSender(IConnection connection, IChannel channel, string queue, RawMessage message, int window)
    {
        _connection = connection;
        _channel = channel;
        _queue = new CachedString(queue);
        _message = message;
        _properties = message.Properties();
        _room = new SemaphoreSlim(window);
        channel.BasicAcksAsync += OnConfirmAsync;
    }

    /// <summary>Connects.</summary>
    /// <param name="port">The broker's.</param>
    /// <param name="queue">Where to.</param>
    /// <param name="message">What each message is like.</param>
    /// <param name="window">How many may be unconfirmed.</param>
    /// <param name="stop">Gives up.</param>
    public static async Task<RawSender> ConnectAsync(int port, string queue, RawMessage message, int window, CancellationToken stop)
    {
        var connection = await RawConnection.OpenAsync(port, stop);
        return new RawSender(connection, await RawConnection.OpenPublishingAsync(connection, stop), queue, message, window);
    }

    /// <inheritdoc/>
    public async Task SendAsync(long count, CancellationToken stop)
    {
        _reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Volatile.Write(ref _awaited, _sent + (ulong)count);
        for (var number = 0L; number < count; number++)
        {
            await _room.WaitAsync(stop);
            _message.Identify(_properties, string.Create(CultureInfo.InvariantCulture, $"{_id}-{++_sent}"));
            await _channel.BasicPublishAsync(CachedString.Empty, _queue, mandatory: false, _properties, _message.Body, stop);
        }

        await _reached.Task.WaitAsync(stop);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
        _room.Dispose();
    }

    private Task OnConfirmAsync(object sender, BasicAckEventArgs confirm)
    {
        _room.Release(_confirmations.Note(confirm.DeliveryTag, confirm.Multiple));
        if (_confirmations.UpTo == Volatile.Read(ref _awaited))
        {
            _reached.TrySetResult();
        }

        return Task.CompletedTask;
    }
}
