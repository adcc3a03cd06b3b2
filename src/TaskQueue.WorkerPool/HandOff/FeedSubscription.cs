using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Hosting.Ledger;
using TaskQueue.Messaging;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The subscription of a <see cref="TypeFeed"/>: keeps the prefetch at the broker what the feed wants.</summary>
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

    // Says that something else is wanted than before.
    private readonly Channel<bool> _news = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly Task _loop;

    // Protects the one below: what those wait for who want the next confirmation.
    private readonly Lock _gate = new();
    private TaskCompletionSource? _confirmation;

    // The loop's own, until it has ended.
    private IConsumer? _consumer;
    private volatile int _prefetch;
    private volatile int _wanted;
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
    public void SetPrefetch(int prefetch, bool atOnce)
    {
        _isPatient = !atOnce;
        _wanted = prefetch;
        _news.Writer.TryWrite(true);
    }

    /// <summary>Waits until the broker has taken all that was settled before to the queue, so that none of it is delivered again; or until the connection was lost.</summary>
    /// <remarks>The end of a subscription goes to the queue and back, behind the acknowledgements of its channel.</remarks>
    public Task ConfirmSettledAsync()
    {
        lock (_gate)
        {
            _confirmation ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _news.Writer.TryWrite(true);
            return _confirmation.Task;
        }
    }

    /// <summary>Takes no more deliveries, for good.</summary>
    public async Task StopTakingAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        if (_consumer is not null)
        {
            await _consumer.StopTakingAsync(CancellationToken.None);
            NoteThat(prefetch: 0);
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
            await foreach (var _ in _news.Reader.ReadAllAsync(stop))
            {
                var since = _time.GetTimestamp();
                do
                {
                    await ConfirmAsync();
                }
                while (_wanted < _prefetch && _isPatient && await HearsMoreAsync(Patience - _time.GetElapsedTime(since), stop));

                if (_wanted is var wanted && wanted != _prefetch)
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

    private async Task ConfirmAsync()
    {
        TaskCompletionSource? confirmation;
        lock (_gate)
        {
            (confirmation, _confirmation) = (_confirmation, null);
        }

        if (confirmation is not null)
        {
            // To the end, also when it is to stop: whoever waits has acknowledged something.
            if (_prefetch == 0)
            {
                await ApplyUntilItSucceedsAsync(1, CancellationToken.None);
            }

            await ApplyUntilItSucceedsAsync(0, CancellationToken.None);
            confirmation.SetResult();
        }
    }

    private async Task<bool> HearsMoreAsync(TimeSpan within, CancellationToken stop)
    {
        if (within <= TimeSpan.Zero)
        {
            return false;
        }

        using var patience = new CancellationTokenSource(within, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            return await _news.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return false;
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
                    _logger.ConsumingRefused(_queue.Name, Sentence.Whole(e.Message), RetryDelay.TotalSeconds);
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
        else
        {
            await _consumer.SetPrefetchAsync(prefetch, cancellationToken);
        }

        NoteThat(prefetch);
    }

    private void NoteThat(int prefetch)
    {
        if (_prefetch == 0 && prefetch > 0)
        {
            _ledger.Subscribed();
        }
        else if (_prefetch > 0 && prefetch == 0)
        {
            _ledger.Unsubscribed();
        }

        _prefetch = prefetch;
    }
}
