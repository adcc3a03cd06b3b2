using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using TaskQueue.Messaging;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerPool.Settling;
using TaskQueue.WorkerPool.Supervision;

namespace TaskQueue.WorkerPool;

/// <summary>Declares the queues that worker types need, and lets each type take tasks once all of its own are there.</summary>
/// <remarks>A queue that the broker refuses holds up the types that need it and nobody else: one error says why, and it is tried again with back-off.
/// A type that takes tasks already goes on. May be used from several threads.</remarks>
internal sealed class TypeQueues(IBroker broker, QueueNames names, QueueType queueType, Func<Retention> keep, TimeProvider time, ILogger logger)
{
    // A cluster that lacks a majority answers nothing at all to whoever declares a quorum queue.
    private static readonly TimeSpan AnswerTimeout = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan FirstDelay = TimeSpan.FromSeconds(1), LongestDelay = ConfigurationFaults.RetryInterval;

    // Several wishes that nobody has read are one.
    private readonly Channel<bool> _wishes = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropOldest });
    private readonly TaskCompletionSource _triedAll = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Protects what is below it.
    private readonly Lock _gate = new();
    private readonly Dictionary<string, TypeState> _types = new(StringComparer.Ordinal);

    /// <summary>Completes when each queue has been declared, or refused, for the first time.</summary>
    public Task TriedAll => _triedAll.Task;

    /// <summary>Why types take no tasks, by worker type.</summary>
    public IReadOnlyDictionary<string, string> Troubles
    {
        get
        {
            lock (_gate)
            {
                return _types.Where(type => type.Value.Trouble is not null).ToDictionary(type => type.Key, type => type.Value.Trouble!, StringComparer.Ordinal);
            }
        }
    }

    /// <summary>Whether each type has its queues, or it is known why not.</summary>
    public bool IsSettled
    {
        get
        {
            lock (_gate)
            {
                return _types.Values.All(type => type.Missing.Count == 0 || type.Trouble is not null);
            }
        }
    }

    /// <summary>Completes when all queues of a type were there.</summary>
    public Task MayTake(string workerType)
    {
        lock (_gate)
        {
            return StateOf(workerType).MayTake.Task;
        }
    }

    /// <summary>The queue that tasks of a type wait in.</summary>
    public QueueDefinition TasksOf(string workerType) => QueueDefinition.OfTasks(names.Worker(workerType), queueType);

    /// <summary>Sees to it that the queues of a plan are there. Returns at once.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="anew">Whether queues are declared again that were there before, and what is wrong is said again.</param>
    public void Want(PoolPlan plan, bool anew)
    {
        var isNews = anew;
        lock (_gate)
        {
            foreach (var (workerType, state) in _types)
            {
                if (!plan.Types.Any(type => type.WorkerType == workerType))
                {
                    (state.Needed, state.Trouble) = ([], null);
                    state.Missing.Clear();
                }
            }

            foreach (var type in plan.Types)
            {
                var state = StateOf(type.WorkerType);
                var needed = QueuesOf(type);
                var more = anew ? needed : [.. needed.Except(state.Needed)];
                isNews |= more.Count > 0;
                state.Missing.AddRange(more);
                state.Needed = needed;
                state.Trouble = anew ? null : state.Trouble;
            }
        }

        if (isNews)
        {
            _wishes.Writer.TryWrite(true);
        }
    }

    /// <summary>Declares what is missing, until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        var delay = FirstDelay;
        try
        {
            while (true)
            {
                var areAllThere = await DeclareMissingAsync(stop);
                _triedAll.TrySetResult();
                using var timer = new CancellationTokenSource(areAllThere ? Timeout.InfiniteTimeSpan : delay, time);
                using var retry = CancellationTokenSource.CreateLinkedTokenSource(stop, timer.Token);
                try
                {
                    await _wishes.Reader.ReadAsync(retry.Token);
                    delay = FirstDelay;
                }
                catch (OperationCanceledException) when (!stop.IsCancellationRequested)
                {
                    delay = delay * 2 < LongestDelay ? delay * 2 : LongestDelay;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // As asked.
        }
    }

    private IReadOnlyList<QueueDefinition> QueuesOf(TypePlan type) =>
    [
        TasksOf(type.WorkerType),
        .. type.Workers.SelectMany(worker => new Destinations(names, worker.Options).Configured).Distinct(StringComparer.Ordinal).Select(queue => keep().OfResults(names, queue, queueType)),
    ];

    /// <returns>Whether all are there.</returns>
    private async Task<bool> DeclareMissingAsync(CancellationToken stop)
    {
        List<(string WorkerType, QueueDefinition[] Queues)> missing;
        lock (_gate)
        {
            missing = [.. _types.Where(type => type.Value.Missing.Count > 0).Select(type => (type.Key, type.Value.Missing.Distinct().ToArray()))];
        }

        // Types share queues of results.
        var tried = new Dictionary<QueueDefinition, Declared>();
        var areAllThere = true;
        foreach (var (workerType, queues) in missing)
        {
            var failed = new Declared(IsThere: true, Reason: null);
            foreach (var queue in queues)
            {
                if (!tried.TryGetValue(queue, out var declared))
                {
                    tried.Add(queue, declared = await TryDeclareAsync(queue, stop));
                }

                failed = failed.IsThere ? declared : failed;
            }

            areAllThere &= failed.IsThere;
            Note(workerType, queues.Where(queue => tried[queue].IsThere), failed.Reason);
        }

        return areAllThere;
    }

    private async Task<Declared> TryDeclareAsync(QueueDefinition queue, CancellationToken stop)
    {
        using var deadline = new CancellationTokenSource(AnswerTimeout, time);
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(stop, deadline.Token);
        try
        {
            await broker.DeclareQueueAsync(queue, giveUp.Token);
            return new Declared(IsThere: true, Reason: null);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // That there is no connection has its own line in the log, and its own health.
            return new Declared(
                IsThere: false,
                broker.Health.Condition == BrokerCondition.Disconnected ? null : $"The broker has not declared queue \"{queue.Name}\" within {AnswerTimeout.TotalSeconds} s; see its log.");
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Refused, most often; whatever it is, the other types go on.
            return new Declared(IsThere: false, e.Message);
        }
    }

    private void Note(string workerType, IEnumerable<QueueDefinition> there, string? trouble)
    {
        string? before;
        bool isServed;
        lock (_gate)
        {
            var state = _types[workerType];
            state.Missing.RemoveAll(there.Contains);
            isServed = state is { Needed.Count: > 0, Missing.Count: 0 };
            before = state.Trouble;
            state.Trouble = isServed ? null : trouble ?? before;
            if (isServed)
            {
                state.MayTake.TrySetResult();
            }
        }

        if (isServed && before is not null)
        {
            logger.TypeHasItsQueues(workerType);
        }
        else if (!isServed && trouble is not null && trouble != before)
        {
            logger.TypeLacksQueue(workerType, Sentence.Whole(trouble), LongestDelay.TotalSeconds);
        }
    }

    private TypeState StateOf(string workerType)
    {
        if (!_types.TryGetValue(workerType, out var state))
        {
            _types.Add(workerType, state = new TypeState());
        }

        return state;
    }

    private readonly record struct Declared(bool IsThere, string? Reason);

    private sealed class TypeState
    {
        public IReadOnlyList<QueueDefinition> Needed { get; set; } = [];

        public List<QueueDefinition> Missing { get; } = [];

        public string? Trouble { get; set; }

        public TaskCompletionSource MayTake { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
