using TaskQueue.Broker.Engine;

namespace TaskQueue.Broker.Queues;

/// <summary>Deletes a queue that was not used for its <c>x-expires</c>: it had no consumer, nobody declared it or asked it for a message.</summary>
internal sealed class UnusedTimer(BrokerEngine engine, BrokerQueue queue)
{
    private Alarm? _alarm;

    /// <summary>Begins the time without use anew.</summary>
    public void Reset()
    {
        if (queue.Arguments.ExpiresAfter is not { } after || queue.IsDeleted)
        {
            return;
        }

        Stop();
        _alarm = queue.Consumers.Count > 0 ? null : engine.Clock.At(engine.Clock.Now + after, () => engine.Topology.DeleteQueue(queue));
    }

    public void Stop()
    {
        if (_alarm is not null)
        {
            _alarm.IsCancelled = true;
        }
    }
}
