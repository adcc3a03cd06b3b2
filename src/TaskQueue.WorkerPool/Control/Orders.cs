using System.Threading.Channels;

namespace TaskQueue.WorkerPool.Control;

/// <summary>What others want done by the pool's one loop, which is the only one that may.</summary>
internal sealed class Orders
{
    // Commands come one at a time, and each waits for its end.
    private readonly Channel<Func<Task>> _orders = Channel.CreateBounded<Func<Task>>(16);

    /// <summary>Has something done.</summary>
    /// <returns>What came of it.</returns>
    public async Task<T> DoAsync<T>(Func<Task<T>> order, CancellationToken cancellationToken)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        await _orders.Writer.WriteAsync(
            async () =>
            {
                try
                {
                    done.TrySetResult(await order());
                }
                catch (Exception e)
                {
                    // It is for whoever wanted it; the loop goes on.
                    done.TrySetException(e);
                }
            },
            cancellationToken);
        return await done.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Has something done that takes no time.</summary>
    /// <returns>What came of it.</returns>
    public Task<T> DoAsync<T>(Func<T> order, CancellationToken cancellationToken) => DoAsync(() => Task.FromResult(order()), cancellationToken);

    /// <summary>Waits until there is something to do.</summary>
    public async Task WaitAsync(CancellationToken cancellationToken) => await _orders.Reader.WaitToReadAsync(cancellationToken);

    /// <summary>Does what there is to do.</summary>
    public async Task RunWaitingAsync()
    {
        while (_orders.Reader.TryRead(out var order))
        {
            await order();
        }
    }

    /// <summary>Does what there is to do, until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            while (true)
            {
                await WaitAsync(stop);
                await RunWaitingAsync();
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }
}
