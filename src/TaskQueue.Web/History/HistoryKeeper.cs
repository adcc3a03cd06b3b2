using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Configuration;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Events;

namespace TaskQueue.Web.History;

/// <summary>Takes what services tell from its queue, and acknowledges it when it is written: until then the broker has it.</summary>
internal sealed class HistoryKeeper : IAsyncDisposable
{
    // A batch may have megabytes, and one transaction as many as these.
    private const int Prefetch = 8;
    private const int MostEventsAtOnce = 5_000;

    // What fits while nobody writes: hours of what services tell at their usual rate.
    private const long MostBytes = 256L * 1024 * 1024;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1), LongestRetry = TimeSpan.FromSeconds(10), IdleInterval = TimeSpan.FromSeconds(15), RefusedInterval = TimeSpan.FromSeconds(30);

    private readonly IBroker _broker;
    private readonly QueueDefinition _queue;
    private readonly HistoryStore _store;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Channel<Delivery> _come = Channel.CreateUnbounded<Delivery>(new() { SingleReader = true });
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _subscribing, _writing;
    private IConsumer? _consumer;
    private string? _refusal;
    private bool _isShared;

    private HistoryKeeper(IBroker broker, TaskQueueConfiguration configuration, HistoryStore store, TimeProvider time, ILogger logger)
    {
        (_broker, _store, _time, _logger) = (broker, store, time, logger);
        var names = new QueueNames(configuration.Broker.QueuePrefix);
        _queue = new QueueDefinition(names.History, configuration.Broker.QueueType) { BoundTo = names.Events, MaxBytes = MostBytes };
        _subscribing = SubscribeAsync(_stop.Token);
        _writing = WriteAsync(_stop.Token);
    }

    /// <summary>Those who wait for the end of a task.</summary>
    public TaskWaiters Waiters { get; } = new();

    /// <summary>What keeps the history from being whole, for people; <see langword="null"/> while nothing does.</summary>
    public string? Trouble =>
        _refusal is { } refusal ? $"the queue {_queue.Name} cannot be read: {refusal}"
        : _store.Trouble is { } trouble ? $"the database cannot be written: {trouble}"
        : _isShared ? $"another taskqueue-web takes from {_queue.Name} as well, so each has a part; set [history] enabled = no on all but one"
        : null;

    /// <summary>Begins to take.</summary>
    public static HistoryKeeper Start(IBroker broker, TaskQueueConfiguration configuration, HistoryStore store, TimeProvider time, ILogger logger) =>
        new(broker, configuration, store, time, logger);

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_subscribing, _writing);
        if (_consumer is not null)
        {
            await _consumer.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task SubscribeAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (_consumer is null)
                {
                    await _broker.DeclareQueueAsync(_queue, stop);
                    _consumer = await _broker.ConsumeAsync(_queue, new ConsumerOptions(Prefetch), TakeAsync, stop);
                    _logger.HistoryKept(_queue.Name);
                }
                else
                {
                    // Others may have begun to take from it.
                    _isShared = await _broker.InspectQueueAsync(_queue.Name, stop) is { Consumers: > 1 };
                }

                _refusal = null;
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The edge of the loop: what is refused may be allowed later.
                if (_refusal != e.Message)
                {
                    _refusal = e.Message;
                    _logger.HistoryNotHeard(_queue.Name, Sentence.Part(e.Message));
                }
            }

            await Task.Delay(RefusedInterval, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private ValueTask TakeAsync(Delivery delivery)
    {
        _come.Writer.TryWrite(delivery);
        return ValueTask.CompletedTask;
    }

    private async Task WriteAsync(CancellationToken stop)
    {
        var retry = FirstRetry;
        List<Delivery> deliveries = [];
        List<EventBatch> batches = [];
        while (!stop.IsCancellationRequested)
        {
            try
            {
                if (deliveries.Count == 0)
                {
                    await TakeNextAsync(deliveries, batches, stop);
                }

                if (await Task.Run(() => _store.TryWrite(batches), CancellationToken.None) is { } touched)
                {
                    deliveries.ForEach(delivery => delivery.Settle(Settlement.Ack));
                    deliveries.Clear();
                    batches.Clear();
                    Waiters.Tell(touched);
                    retry = FirstRetry;
                    continue;
                }
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // The edge of the loop: an error of ours about these must not end the history, nor come back for ever.
                _logger.HistoryFailed(e, deliveries.Count);
                deliveries.ForEach(delivery => delivery.Settle(Settlement.Ack));
                deliveries.Clear();
                batches.Clear();
            }

            // What is not written stays the broker's, and the queue holds what comes meanwhile.
            await Task.Delay(retry, _time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            retry = retry * 2 < LongestRetry ? retry * 2 : LongestRetry;
        }
    }

    /// <summary>Takes what has come, as much as one transaction should have; nothing when nothing comes for a while, in which old tasks go.</summary>
    private async Task TakeNextAsync(List<Delivery> deliveries, List<EventBatch> batches, CancellationToken stop)
    {
        using var idle = CancellationTokenSource.CreateLinkedTokenSource(stop);
        idle.CancelAfter(IdleInterval);
        try
        {
            await _come.Reader.WaitToReadAsync(idle.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return;
        }

        for (var events = 0; events < MostEventsAtOnce && _come.Reader.TryRead(out var delivery);)
        {
            deliveries.Add(delivery);
            if (EventBatch.Read(delivery.Body.Span) is { } batch)
            {
                batches.Add(batch);
                events += batch.Events.Count;
            }
            else
            {
                _logger.EventsUnreadable(delivery.Properties.MessageId);
            }
        }
    }
}
