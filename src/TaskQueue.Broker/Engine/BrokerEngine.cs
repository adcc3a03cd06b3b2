using Microsoft.Extensions.Logging;
using TaskQueue.Amqp;
using TaskQueue.Broker.Access;
using TaskQueue.Broker.Channels;
using TaskQueue.Broker.Connections;
using TaskQueue.Broker.Messages;
using TaskQueue.Broker.Queues;
using TaskQueue.Broker.Storage;
using TaskQueue.Broker.Topology;

namespace TaskQueue.Broker.Engine;

/// <summary>The one thread of control: all exchanges, queues and channels belong to it, and everything that happens to them is a piece of work here.</summary>
/// <remarks>It is a thread of the pool while there is something to do, and none otherwise. Nothing in it waits.</remarks>
internal sealed class BrokerEngine : IThreadPoolWorkItem, IDisposable
{
    private readonly Lock _lock = new();
    private readonly HashSet<Session> _sessions = [];
    private readonly HashSet<Channel> _withConfirms = [];
    private readonly HashSet<Outgoing> _withOutput = [];
    private readonly TaskCompletionSource _failed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ILogger _logger;
    private readonly BrokerLimits _limits;
    private List<IWork> _inbox = [], _work = [];
    private TaskCompletionSource? _held;
    private TaskCompletionSource? _alone;
    private AmqpException? _goodbye;
    private bool _isRunning, _timeIsDue;
    private string? _blockedFor;

    public BrokerEngine(BrokerLimits limits, IMessageStore? store, IAccess access, TimeProvider time, ILogger logger)
    {
        (_limits, Access, _logger) = (limits, access, logger);
        Clock = new Clock(time, OnTime);
        Memory = new Memory(limits.MemoryBytes);
        Persistence = new Persistence(store, this);
        Topology = new BrokerTopology(this);
        if (store is not null)
        {
            Topology.Restore(store.Load());

            // What has waited for too long by now, or will have, leaves though nobody comes near its queue.
            Post(new ActionWork(Topology.Expire));
        }
    }

    public IAccess Access { get; }

    public BrokerLimits Limits => _limits;

    public Clock Clock { get; }

    public Memory Memory { get; }

    public Persistence Persistence { get; }

    public BrokerTopology Topology { get; }

    /// <summary>Messages that died and are to be published anew, before anything else.</summary>
    public Queue<DyingMessage> DeadLetters { get; } = new();

    /// <summary>The channels that take answers by direct reply-to, by the address that was made for them.</summary>
    public Dictionary<string, Channel> ReplyAddresses { get; } = [];

    /// <summary>Ends with what ended the broker.</summary>
    public Task Failed => _failed.Task;

    /// <summary>Whether the broker ends: nothing is delivered any more, and nothing that a client asks is done.</summary>
    public bool IsEnding => _goodbye is not null;

    /// <summary>Completes when publishers may go on; any thread may ask.</summary>
    public Task WhenReleased => Volatile.Read(ref _held)?.Task ?? Task.CompletedTask;

    /// <summary>Gives the engine something to do. Any thread may.</summary>
    public void Post(IWork work)
    {
        lock (_lock)
        {
            _inbox.Add(work);
            if (_isRunning)
            {
                return;
            }

            _isRunning = true;
        }

        ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    /// <summary>Has the engine do something, and waits for it.</summary>
    public Task<T> AskAsync<T>(Func<T> question)
    {
        var answer = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(new ActionWork(() =>
        {
            try
            {
                answer.SetResult(question());
            }
            catch (Exception error)
            {
                // Whoever waits must not wait for ever; the engine decides what it means.
                answer.SetException(error);
                throw;
            }
        }));
        return answer.Task;
    }

    void IThreadPoolWorkItem.Execute()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_inbox.Count == 0)
                {
                    _isRunning = false;
                    return;
                }

                (_inbox, _work) = (_work, _inbox);
            }

            Clock.Tick();
            foreach (var work in _work)
            {
                try
                {
                    work.Run();
                    PublishDeadLetters();
                }
                catch (Exception error)
                {
                    // Clients' mistakes never get here. What does is a fault of the broker's own: what it holds may be wrong now, so it must not go on.
                    Fail(error);
                }
            }

            _work.Clear();
            try
            {
                EndRound();
            }
            catch (Exception error)
            {
                // As above: alarms and commits are the broker's own.
                Fail(error);
            }
        }
    }

    /// <summary>Ends the broker: nothing is confirmed any more, and all connections are closed.</summary>
    public void Fail(Exception error)
    {
        if (_failed.TrySetException(error))
        {
            _logger.BrokerFailed(error);
            SayGoodbye(new AmqpException(ReplyCode.InternalError, "the broker cannot go on; its log says more"));
        }
    }

    /// <summary>Closes all connections, because the broker is stopped. Any thread may.</summary>
    /// <returns>Ends when all clients have left.</returns>
    public async Task CloseAsync()
    {
        var alone = await AskAsync(() =>
        {
            SayGoodbye(new AmqpException(ReplyCode.ConnectionForced, "broker forced connection closure with reason 'shutdown'"));
            _alone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            if (_sessions.Count == 0)
            {
                _alone.SetResult();
            }

            return _alone.Task;
        });
        await alone;
    }

    public void Add(Session session)
    {
        _sessions.Add(session);
        if (_goodbye is { } goodbye)
        {
            session.Close(goodbye, method: null);
        }
        else if (_blockedFor is { } reason)
        {
            session.Block(reason);
        }
    }

    public void Remove(Session session)
    {
        if (_sessions.Remove(session) && _sessions.Count == 0)
        {
            _alone?.TrySetResult();
        }
    }

    /// <summary>Something is to be sent at the end of the round.</summary>
    public void Touch(Outgoing outgoing) => _withOutput.Add(outgoing);

    /// <summary>Confirms are to be sent at the end of the round.</summary>
    public void Touch(Channel channel) => _withConfirms.Add(channel);

    /// <summary>A content that the store has now need not be in memory, if that is needed for others.</summary>
    public void Stored(QueuedMessage message)
    {
        if (Memory.IsTight)
        {
            Memory.Release(message, forget: true);
        }
        else if (!message.IsOut)
        {
            Memory.Offer(message);
        }
    }

    /// <summary>Publishes what died meanwhile; some of it may die again.</summary>
    public void PublishDeadLetters()
    {
        while (DeadLetters.TryDequeue(out var dying))
        {
            Topology.Publish(dying);
        }
    }

    public void Dispose() => Clock.Dispose();

    // Each connection is a piece of work of its own: where one cannot be closed any more, the others are.
    private void SayGoodbye(AmqpException goodbye)
    {
        _goodbye ??= goodbye;
        foreach (var session in _sessions)
        {
            Post(new ActionWork(() => session.Close(_goodbye, method: null)));
        }
    }

    private void OnTime()
    {
        Volatile.Write(ref _timeIsDue, true);
        Post(new ActionWork(Clock.Disarm));
    }

    private void EndRound()
    {
        if (Volatile.Read(ref _timeIsDue))
        {
            Volatile.Write(ref _timeIsDue, false);
            Clock.RunDue();
            PublishDeadLetters();
        }

        if (!_failed.Task.IsCompleted)
        {
            Persistence.Start();
            foreach (var channel in _withConfirms)
            {
                channel.SendConfirms();
            }
        }

        _withConfirms.Clear();
        HoldPublishersIfFull();
        foreach (var outgoing in _withOutput)
        {
            outgoing.Flush();
        }

        _withOutput.Clear();
        Clock.Arm();
    }

    private void HoldPublishersIfFull()
    {
        foreach (var queue in Topology.Queues.TakeWhile(_ => Memory.MustEvict))
        {
            queue.Evict();
        }

        Memory.Update();
        var reason = Persistence.IsFull ? "low on disk" : Memory.IsFull ? "low on memory" : null;
        if (reason == _blockedFor)
        {
            return;
        }

        if (reason is not null)
        {
            _logger.PublishersHeld(reason);
            if (_held is null)
            {
                Volatile.Write(ref _held, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
            }
        }
        else
        {
            _logger.PublishersReleased();
            var held = _held!;
            Volatile.Write(ref _held, null);
            held.SetResult();
        }

        _blockedFor = reason;
        foreach (var session in _sessions)
        {
            session.Block(reason);
        }
    }
}
