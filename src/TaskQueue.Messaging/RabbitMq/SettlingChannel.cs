using System.Diagnostics;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace TaskQueue.Messaging.RabbitMq;

/// <summary>A channel that deliveries of one queue come on, and the loop that settles them.</summary>
/// <remarks>A settlement is sent at once when the loop is idle; what comes while it is sending goes with the next batch. So batches grow
/// with the load, and a single one does not wait.</remarks>
internal sealed class SettlingChannel : IThreadPoolWorkItem, IAsyncDisposable
{
    // A broker that has something to deliver, and may, does so sooner.
    private static readonly TimeSpan Rest = TimeSpan.FromMilliseconds(20);

    private readonly ILogger _logger;
    private readonly CancellationTokenRegistration _sessionEnded;
    private readonly TaskCompletionSource<string> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationToken _sessionToken;
    private readonly bool _cancelsOverdue;

    // Protects the five below, and the deliveries' places in the list.
    private readonly Lock _lock = new();
    private readonly UnsettledDeliveries _unsettled = new();
    private TaskCompletionSource? _flushing;
    private bool _closed;
    private bool _holdsBack;
    private long _lastDelivery;

    private SettlingChannel(Session session, IChannel channel, string queue, ILogger logger)
    {
        Channel = channel;
        Queue = queue;
        _logger = logger;
        _sessionToken = session.EndedToken;
        _cancelsOverdue = session.Features.HasAckTimeoutOfConsumers;
        channel.ChannelShutdownAsync += OnShutdown;
        _sessionEnded = _sessionToken.Register(() => _ended.TrySetResult("the connection ended"));
    }

    public IChannel Channel { get; }

    public string Queue { get; }

    /// <summary>Completes with the reason.</summary>
    public Task<string> Ended => _ended.Task;

    public bool HasEnded => _ended.Task.IsCompleted;

    public static async Task<SettlingChannel> OpenAsync(Session session, string queue, ILogger logger, CancellationToken cancellationToken) =>
        new(session, await session.OpenChannelAsync(cancellationToken), queue, logger);

    /// <summary>Lists a delivery as ours, in the order of delivery tags.</summary>
    /// <returns>Whether it is; once the channel is closed, none is.</returns>
    public bool TryTake(RabbitMqDelivery delivery)
    {
        lock (_lock)
        {
            if (_closed)
            {
                return false;
            }

            _unsettled.Add(delivery);
            _lastDelivery = delivery.Arrived;
            return true;
        }
    }

    public void Settle(RabbitMqDelivery delivery, Settlement settlement)
    {
        lock (_lock)
        {
            _unsettled.Settle(delivery, settlement);
            StartFlush();
        }
    }

    /// <summary>Gives back what a consumer has not settled.</summary>
    public void GiveBack(RabbitMqConsumer consumer)
    {
        lock (_lock)
        {
            _unsettled.GiveBack(consumer);
            StartFlush();
        }
    }

    /// <summary>The broker has ended a consumer's subscription, and takes back what it has not settled: all of it, or what was held for too long.</summary>
    public void Lose(RabbitMqConsumer consumer)
    {
        lock (_lock)
        {
            _unsettled.Lose(consumer, _cancelsOverdue, Stopwatch.GetTimestamp());
        }
    }

    /// <summary>What of its deliveries nobody has settled.</summary>
    public IReadOnlyList<MessageProperties> Unsettled()
    {
        lock (_lock)
        {
            return _unsettled.Open();
        }
    }

    /// <summary>Sends no settlement until <see cref="GoOn"/>, and waits until nothing is on its way to us: the broker delivers no more than it may,
    /// and comes to rest within a moment.</summary>
    public async Task HoldBackAsync()
    {
        lock (_lock)
        {
            _holdsBack = true;
        }

        await FlushAsync();
        for (var left = Rest; left > TimeSpan.Zero && !HasEnded; left = Rest - SinceLastDelivery())
        {
            await Task.Delay(left, TimeProvider.System, CancellationToken.None);
        }
    }

    /// <summary>Sends settlements again.</summary>
    public void GoOn()
    {
        lock (_lock)
        {
            _holdsBack = false;
            StartFlush();
        }
    }

    /// <summary>Waits until all that is settled now has been sent.</summary>
    public Task FlushAsync()
    {
        lock (_lock)
        {
            return _flushing?.Task ?? Task.CompletedTask;
        }
    }

    // FlushAsync is how others wait for it.
    void IThreadPoolWorkItem.Execute() => _ = SendFramesAsync();

    public async ValueTask DisposeAsync()
    {
        await FlushAsync();
        _ended.TrySetResult("closed");
        lock (_lock)
        {
            _closed = true;
            _unsettled.LoseAll();
        }

        await _sessionEnded.DisposeAsync();
        await ChannelClosing.CloseQuietlyAsync(Channel);
    }

    private async Task SendFramesAsync()
    {
        List<SettleFrame> frames = [];
        while (true)
        {
            lock (_lock)
            {
                frames.Clear();
                if (!_holdsBack)
                {
                    _unsettled.TakeFrames(frames);
                }

                if (frames.Count == 0)
                {
                    _flushing?.SetResult();
                    _flushing = null;
                    return;
                }
            }

            try
            {
                foreach (var (tag, settlement, multiple) in frames)
                {
                    await (settlement == Settlement.Ack
                        ? Channel.BasicAckAsync(tag, multiple, _sessionToken)
                        : Channel.BasicNackAsync(tag, multiple, requeue: true, _sessionToken));
                }
            }
            catch (Exception e)
            {
                // Whatever it is ends this channel, and the broker takes back what was not settled.
                _logger.SettlingEnded(Queue, ClientFaults.Explain(e));
                _ended.TrySetResult(ClientFaults.Explain(e));
            }
        }
    }

    private TimeSpan SinceLastDelivery()
    {
        lock (_lock)
        {
            return Stopwatch.GetElapsedTime(_lastDelivery);
        }
    }

    private void StartFlush()
    {
        if (_flushing is null && !HasEnded && !_holdsBack && _unsettled.HasFrames)
        {
            _flushing = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        }
    }

    private Task OnShutdown(object sender, ShutdownEventArgs reason)
    {
        _ended.TrySetResult(ClientFaults.Explain(reason));
        return Task.CompletedTask;
    }
}
