using Microsoft.Extensions.Logging;
using TaskQueue.Messaging.Control;
using TaskQueue.Messaging.RabbitMq;
using TaskQueue.WorkerPool.HandOff;

namespace TaskQueue.WorkerPool.Control;

/// <summary>Finds out which tasks were cancelled while this pool could not be told: before it started, or while it had no connection.</summary>
internal sealed class CancellationKeeper(
    RabbitMqBroker broker, CancellationStore store, Cancellations cancellations, Func<bool> allowsSteering, TimeProvider time, ILogger logger)
{
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromSeconds(1), ListeningTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Reads what is remembered, and again after each new connection.</summary>
    /// <param name="listening">Completes when live cancellations are heard: one that comes before the first look is read, a later one heard.</param>
    /// <param name="found">Hears of what was read after the first time.</param>
    /// <param name="stop">Ends it.</param>
    public async Task RunAsync(Task listening, Func<IReadOnlyList<TaskCancellation>, Task> found, CancellationToken stop)
    {
        try
        {
            await Task.WhenAny(listening, Task.Delay(ListeningTimeout, time, stop));
            var connections = broker.Connections;
            cancellations.Add(await ReadAsync(stop));
            cancellations.SetKnown();
            using var timer = new PeriodicTimer(BetweenLooks, time);
            while (await timer.WaitForNextTickAsync(stop))
            {
                if (broker.Connections != connections)
                {
                    connections = broker.Connections;
                    await found(await ReadAsync(stop));
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
        if (!allowsSteering())
        {
            return [];
        }

        try
        {
            var read = await store.ReadAsync(stop);
            if (read.Count > 0)
            {
                logger.CancellationsRead(read.Count);
            }

            return read;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // No right to that queue, for example: tasks are more important than their cancellation.
            logger.CancellationsUnknown(e.Message);
            return [];
        }
    }
}
