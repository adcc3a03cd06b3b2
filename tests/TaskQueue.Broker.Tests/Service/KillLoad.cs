using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using RabbitMQ.Client.Exceptions;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Service;

/// <summary>A publisher that never waits for one confirm alone, and a consumer, until their broker is gone.</summary>
internal sealed class KillLoad : IAsyncDisposable
{
    private const int Outstanding = 100, AcknowledgedTogether = 20;
    private const string Marks = "marks";

    private static readonly BasicProperties Persistent = new() { Persistent = true };

    private readonly IChannel _publishing, _consuming;
    private readonly string _queue;
    private readonly KillLedger _ledger;
    private readonly CancellationToken _testEnds;
    private readonly List<int> _acknowledged = [];
    private Task _load = Task.CompletedTask;
    private int _confirmed;

    private KillLoad(IChannel publishing, IChannel consuming, string queue, KillLedger ledger, CancellationToken testEnds) =>
        (_publishing, _consuming, _queue, _ledger, _testEnds) = (publishing, consuming, queue, ledger, testEnds);

    public static async Task<KillLoad> StartAsync(IConnection connection, string queue, KillLedger ledger, bool consumes, CancellationToken testEnds)
    {
        var confirming = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true);
        var load = new KillLoad(
            await connection.CreateChannelAsync(confirming, testEnds), await connection.CreateChannelAsync(confirming, testEnds), queue, ledger, testEnds);
        foreach (var name in (string[])[queue, Marks])
        {
            await load._consuming.QueueDeclareAsync(name, durable: true, exclusive: false, autoDelete: false, cancellationToken: testEnds);
        }

        if (consumes)
        {
            await load.ConsumeAsync();
        }

        load._load = Task.WhenAll(Enumerable.Range(0, Outstanding).Select(_ => load.PublishAsync()));
        return load;
    }

    /// <summary>Waits until so many were confirmed since the start.</summary>
    public Task ConfirmedAsync(int count) => Eventually.TrueAsync(
        () => Volatile.Read(ref _confirmed) >= count || _load.IsCompleted, () => $"{count} confirms; there are {_confirmed}");

    public async ValueTask DisposeAsync()
    {
        await _load;
        await _publishing.DisposeAsync();
        await _consuming.DisposeAsync();
    }

    private async Task PublishAsync()
    {
        await Task.Yield();
        try
        {
            while (true)
            {
                int number;
                ValueTask publishing;
                // Numbers go out in their order.
                lock (_ledger)
                {
                    number = _ledger.Next();
                    publishing = _publishing.BasicPublishAsync("", _queue, mandatory: true, Persistent, Body(number), _testEnds);
                }

                await publishing;
                _ledger.Confirm(number);
                Interlocked.Increment(ref _confirmed);
            }
        }
        catch (Exception error) when (IsEnd(error))
        {
            // The broker was killed.
        }
    }

    private async Task ConsumeAsync()
    {
        await _consuming.BasicQosAsync(0, 3 * AcknowledgedTogether, global: false, _testEnds);
        var consumer = new AsyncEventingBasicConsumer(_consuming);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            var number = BitConverter.ToInt32(delivery.Body.Span);
            _ledger.Receive(number);
            try
            {
                await _consuming.BasicAckAsync(delivery.DeliveryTag, multiple: false, _testEnds);
                _acknowledged.Add(number);
                if (_acknowledged.Count == AcknowledgedTogether)
                {
                    // What comes after them on their channel is on the disk, so they are gone from there.
                    await _consuming.BasicPublishAsync("", Marks, mandatory: true, Persistent, Body(number), _testEnds);
                    _ledger.Settle(_acknowledged);
                    _acknowledged.Clear();
                }
            }
            catch (Exception error) when (IsEnd(error))
            {
                // The broker was killed.
            }
        };
        await _consuming.BasicConsumeAsync(_queue, autoAck: false, consumer, _testEnds);
    }

    private static byte[] Body(int number) => [.. BitConverter.GetBytes(number), .. new byte[200]];

    private static bool IsEnd(Exception error) => error is RabbitMQClientException or IOException or ObjectDisposedException or OperationCanceledException;
}
