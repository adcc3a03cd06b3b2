using System.Collections.Concurrent;
using System.Diagnostics;

namespace TaskQueue.Broker.Storage.Sqlite;

/// <summary>The thread of one connection: what blocks on the disk, blocks here.</summary>
internal sealed class StoreThread : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _work = [];
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Func<TimeSpan, TimeSpan> _upkeep;

    /// <summary>Starts it.</summary>
    /// <param name="upkeep">Called after each piece of work, and when its time has come. Takes how long the last work is ago, and returns when it wants to be called again.</param>
    public StoreThread(string name, Func<TimeSpan, TimeSpan>? upkeep = null)
    {
        _upkeep = upkeep ?? (_ => Timeout.InfiniteTimeSpan);
        new Thread(Run) { Name = name, IsBackground = true }.Start();
    }

    /// <summary>Has something done, after all that was posted before.</summary>
    /// <param name="work">Does not throw.</param>
    /// <exception cref="ObjectDisposedException">The store was closed.</exception>
    public void Post(Action work)
    {
        try
        {
            _work.Add(work);
        }
        catch (InvalidOperationException e)
        {
            throw new ObjectDisposedException("The store was closed.", e);
        }
    }

    /// <summary>Posts something that has a result, or fails.</summary>
    public Task<T> Ask<T>(Func<T> work)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                answer.SetResult(work());
            }
            catch (Exception e)
            {
                answer.SetException(e);
            }
        });
        return answer.Task;
    }

    /// <summary>Does what was posted, and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _work.CompleteAdding();
        await _ended.Task;
        _work.Dispose();
    }

    private void Run()
    {
        var (wait, last) = (TimeSpan.Zero, Stopwatch.GetTimestamp());
        while (!_work.IsCompleted)
        {
            if (_work.TryTake(out var work, wait))
            {
                work();
                last = Stopwatch.GetTimestamp();
            }

            wait = _upkeep(Stopwatch.GetElapsedTime(last));
        }

        _ended.SetResult();
    }
}
