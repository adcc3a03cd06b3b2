using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The subscription of a <see cref="TypeFeed"/>: keeps the prefetch at the broker what the feed wants at the moment.</summary>
internal sealed class FeedSubscription : IAsyncDisposable
{
    // Before it takes less: a process that ends is mostly followed by another at once.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryDelay = TimeSpan.FromSeconds(5);

    private readonly IBroker _broker;
    private readonly QueueDefinition _queue;
    private readonly Func<Delivery, ValueTask> _onDelivery;
    private readonly QueueLedger _ledger;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _stop = new();

    // The latest wish; an older one that nobody has read is worth nothing.
    private readonly Channel<int> _wishes = Channel.CreateBounded<int>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _loop;

    // The loop's own, until it has ended.
    private IConsumer? _consumer;
    private volatile int _prefetch;
    private volatile bool _isPatient = true;

    public FeedSubscription(
        IBroker broker, QueueDefinition queue, Func<Delivery, ValueTask> onDelivery, QueueLedger ledger, Task mayTake, TimeProvider time, ILogger logger)
    {
        (_broker, _queue, _onDelivery, _ledger, _time, _logger) = (broker, queue, onDelivery, ledger, time, logger);
        _loop = KeepAsync(mayTake, _stop.Token);
    }

    /// <summary>Whether the broker knows that nothing is wanted.</summary>
    public bool IsIdle => _prefetch == 0;

    /// <summary>Says how many unsettled deliveries there may be. Returns at once.</summary>
    /// <param name="prefetch">The number.</param>
    /// <param name="atOnce">Whether less is less at once.</param>
    public void Want(int prefetch, bool atOnce = false)
    {
        _isPatient = !atOnce;
        _wishes.Writer.TryWrite(prefetch);
    }

    /// <summary>Takes no more deliveries, for good.</summary>
    public async Task StopTakingAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        if (_consumer is not null && _prefetch > 0)
        {
            await ApplyAsync(0, CancellationToken.None);
        }
    }

    /// <summary>Ends the subscription. What is not settled goes back to the queue.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopTakingAsync();
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task KeepAsync(Task mayTake, CancellationToken stop)
    {
        try
        {
            await mayTake.WaitAsync(stop);
            await foreach (var wish in _wishes.Reader.ReadAllAsync(stop))
            {
                var wanted = wish;
                if (wanted < _prefetch && _isPatient)
                {
                    await Task.Delay(Patience, _time, stop);
                    wanted = _wishes.Reader.TryRead(out var newer) ? newer : wanted;
                }

                if (wanted != _prefetch)
                {
                    await ApplyUntilItSucceedsAsync(wanted, stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task ApplyUntilItSucceedsAsync(int prefetch, CancellationToken stop)
    {
        string? told = null;
        while (true)
        {
            try
            {
                await ApplyAsync(prefetch, stop);
                return;
            }
            catch (BrokerRefusedException e)
            {
                // A queue of another kind, or no permission: somebody may mend that.
                if (told != e.Message)
                {
                    told = e.Message;
                    _logger.ConsumingRefused(_queue.Name, e.Message, RetryDelay.TotalSeconds);
                }

                await Task.Delay(RetryDelay, _time, stop);
            }
        }
    }

    private async Task ApplyAsync(int prefetch, CancellationToken cancellationToken)
    {
        if (_consumer is null)
        {
            _consumer = await _broker.ConsumeAsync(_queue, new ConsumerOptions(prefetch), _onDelivery, cancellationToken);
        }
        else if (_stop.IsCancellationRequested)
        {
            await _consumer.StopTakingAsync(cancellationToken);
        }
        else
        {
            await _consumer.SetPrefetchAsync(prefetch, cancellationToken);
        }

        if (_prefetch == 0)
        {
            _ledger.Subscribed();
        }
        else if (prefetch == 0)
        {
            _ledger.Unsubscribed();
        }

        _prefetch = prefetch;
    }
}
