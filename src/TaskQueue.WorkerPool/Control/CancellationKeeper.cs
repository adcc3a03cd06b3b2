using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Control;

/// <summary>Finds out which tasks were cancelled while this pool could not be told: before it started, or while it had no connection.</summary>
/// <param name="broker">The broker.</param>
/// <param name="store">Where they are remembered.</param>
/// <param name="cancellations">Where they are known.</param>
/// <param name="commands">Ends what runs.</param>
/// <param name="orders">Reaches the pool's loop.</param>
/// <param name="allowsSteering">Whether this host may be steered.</param>
/// <param name="time">The clock.</param>
/// <param name="logger">The log.</param>
internal sealed class CancellationKeeper(
    RabbitMqBroker broker,
    CancellationStore store,
    Cancellations cancellations,
    PoolCommands commands,
    Orders orders,
    Func<bool> allowsSteering,
    TimeProvider time,
    ILogger logger)
{
    // As often as it is tried again where somebody else holds them, or seems to: the queue may be empty.
    private const int MostTries = 10;

    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1), ListeningTimeout = TimeSpan.FromSeconds(5);

    private int _triesLeft;

    /// <summary>Reads what is remembered, and again after each new connection.</summary>
    /// <param name="listening">Completes when live cancellations are heard: one that comes before the first look is read, a later one heard.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Task listening, CancellationToken stop)
    {
        try
        {
            await Task.WhenAny(listening, Task.Delay(ListeningTimeout, time, stop));
            var connections = broker.Connections;
            _triesLeft = MostTries;
            commands.Remember(await ReadAsync(stop));
            cancellations.SetKnown();
            using var timer = new PeriodicTimer(BetweenLooks, time);
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (broker.Connections != connections)
                {
                    connections = broker.Connections;
                    _triesLeft = MostTries;
                }

                if (_triesLeft > 0)
                {
                    var found = await ReadAsync(stop);
                    await orders.DoAsync(() => commands.Cancel(found), stop);
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private async Task<IReadOnlyList<TaskCancellation>> ReadAsync(CancellationToken stop)
    {
        var isFirst = _triesLeft == MostTries;
        _triesLeft--;
        if (!allowsSteering())
        {
            _triesLeft = 0;
            return [];
        }

        try
        {
            var read = await store.ReadAsync(isFirst ? CancellationStore.Patience : TimeSpan.Zero, stop);
            if (read.IsComplete)
            {
                _triesLeft = 0;
            }
            else if (isFirst)
            {
                logger.CancellationsHeld(store.Queue, CancellationStore.Patience.TotalSeconds);
            }

            if (read.NotBelieved > 0 && (isFirst || read.IsComplete))
            {
                logger.CancellationsNotBelieved(read.NotBelieved, store.Queue);
            }

            if (read.Cancellations.Count > 0)
            {
                logger.CancellationsRead(read.Cancellations.Count);
            }

            return read.Cancellations;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // No right to that queue, for example: tasks are more important than their cancellation.
            _triesLeft = 0;
            logger.CancellationsUnknown(e.Message);
            return [];
        }
    }
}
