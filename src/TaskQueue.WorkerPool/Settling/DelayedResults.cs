using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace TaskQueue.WorkerPool.Settling;

/// <summary>Counts the results that their queues did not take, by queue, and logs each queue now and then.</summary>
/// <remarks>May be used from several threads.</remarks>
internal sealed class DelayedResults(TimeProvider time, ILogger logger)
{
    // Publishers name the queues for answers: any number of them.
    private const int MostQueues = 100;
    private const string Others = "(others)";

    private static readonly TimeSpan LogInterval = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, Queue> _queues = new(StringComparer.Ordinal);

    /// <summary>How many results each queue did not take.</summary>
    public IEnumerable<KeyValuePair<string, long>> Counts => _queues.Select(queue => KeyValuePair.Create(queue.Key, queue.Value.Count));

    /// <summary>Counts a result.</summary>
    public void Add(string name, string messageId)
    {
        var known = _queues.Count < MostQueues || _queues.ContainsKey(name) ? name : Others;
        var queue = _queues.GetOrAdd(known, static _ => new Queue());
        lock (queue)
        {
            queue.Count++;
            if (queue.LastLogged is { } last && time.GetElapsedTime(last) < LogInterval)
            {
                return;
            }

            (queue.LastLogged, var more) = (time.GetTimestamp(), queue.Count - queue.CountLogged);
            queue.CountLogged = queue.Count;
            logger.ResultsDelayed(name, more, messageId);
        }
    }

    private sealed class Queue
    {
        public long Count, CountLogged;
        public long? LastLogged;
    }
}
