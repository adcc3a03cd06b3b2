using Microsoft.Extensions.Logging;
using TaskQueue.Client.Publishing;
using TaskQueue.Client.Replies;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Delays;
using TaskQueue.Messaging.RabbitMq;

namespace TaskQueue.Client;

/// <summary>Enqueues tasks and awaits their results.</summary>
/// <remarks>
/// <para>Safe for use from several threads: make one for the life of your program. It stays connected by itself; while the broker is
/// away its methods wait, until their token fires.</para>
/// <para>Delivery is at-least-once: when a connection ends before the broker has confirmed a task, the task is sent again under the
/// same message id, and may then be run twice.</para>
/// </remarks>
public sealed class TaskQueueClient : IAsyncDisposable
{
    private readonly IBroker _broker;
    private readonly TaskQueueClientOptions _options;
    private readonly QueueNames _queues;
    private readonly DelayQueues _delays;
    private readonly ILogger _logger;
    private readonly CancellationTokenSource _disposed = new();

    // Guards the making of _replies.
    private readonly SemaphoreSlim _repliesLock = new(1);
    private ReplyQueue? _replies;

    // Guards the change of _isConnected, which happens once.
    private readonly SemaphoreSlim _connectLock = new(1);
    private volatile bool _isConnected;

    private TaskQueueClient(IBroker broker, TaskQueueClientOptions options)
    {
        _broker = broker;
        _options = options;
        _queues = new QueueNames(options.Broker.QueuePrefix);
        _delays = new DelayQueues(_queues, options.Broker.QueueType, options.TimeProvider);
        _logger = options.LoggerFactory.CreateLogger<TaskQueueClient>();
    }

    /// <summary>Connects to RabbitMQ.</summary>
    /// <param name="options">How, or <see langword="null"/> for a broker on this host.</param>
    /// <param name="cancellationToken">Gives up. Without it this waits for as long as no broker answers.</param>
    /// <returns>The client, connected.</returns>
    /// <exception cref="BrokerRefusedException">The broker answered and will not have us: bad credentials, no such vhost, no permission.</exception>
    public static Task<TaskQueueClient> ConnectAsync(TaskQueueClientOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new TaskQueueClientOptions();
        return ConnectAsync(new RabbitMqBroker(options.Broker, options.LoggerFactory, options.TimeProvider), options, cancellationToken);
    }

    /// <summary>Connects through a broker of your own making, such as one in a test.</summary>
    /// <param name="broker">The broker, which is the client's from now on: it disposes of it, also when this fails.</param>
    /// <param name="options">The options; of those for the broker only queue type and queue prefix are used.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The client, connected.</returns>
    /// <exception cref="BrokerRefusedException">The broker answered and will not have us.</exception>
    public static async Task<TaskQueueClient> ConnectAsync(
        IBroker broker, TaskQueueClientOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(broker);
        ArgumentNullException.ThrowIfNull(options);
        var client = new TaskQueueClient(broker, options);
        try
        {
            Check(options);
            await client.ConnectedAsync(cancellationToken).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A client that connects when it is first used: for containers, which make things without waiting.</summary>
    internal static TaskQueueClient ConnectOnFirstUse(TaskQueueClientOptions options)
    {
        Check(options);
        return ConnectOnFirstUse(new RabbitMqBroker(options.Broker, options.LoggerFactory, options.TimeProvider), options);
    }

    /// <inheritdoc cref="ConnectOnFirstUse(TaskQueueClientOptions)"/>
    internal static TaskQueueClient ConnectOnFirstUse(IBroker broker, TaskQueueClientOptions options) => new(broker, options);

    /// <summary>Enqueues a workitem.</summary>
    /// <param name="workerType">Who shall do it; it is written into the workitem, as <see cref="NewTask(string, WorkItem, EnqueueOptions?)"/> tells.</param>
    /// <param name="workItem">What there is to do.</param>
    /// <param name="options">What the message carries beside its body.</param>
    /// <param name="cancellationToken">Stops waiting; the task may have been enqueued all the same.</param>
    /// <inheritdoc cref="EnqueueAsync(NewTask, CancellationToken)" path="/returns|/exception"/>
    public Task<string> EnqueueAsync(
        string workerType, WorkItem workItem, EnqueueOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(new NewTask(workerType, workItem, options), cancellationToken);

    /// <summary>Enqueues a body of any bytes.</summary>
    /// <param name="workerType">Who shall do it; goes into the header <c>worker-type</c>.</param>
    /// <param name="body">The bytes, not to be changed until the returned task has completed.</param>
    /// <param name="options">What the message carries beside its body; <see cref="EnqueueOptions.ContentType"/> is worth setting.</param>
    /// <param name="cancellationToken">Stops waiting; the task may have been enqueued all the same.</param>
    /// <inheritdoc cref="EnqueueAsync(NewTask, CancellationToken)" path="/returns|/exception"/>
    public Task<string> EnqueueAsync(
        string workerType, ReadOnlyMemory<byte> body, EnqueueOptions? options = null, CancellationToken cancellationToken = default) =>
        EnqueueAsync(new NewTask(workerType, body, options), cancellationToken);

    /// <summary>Enqueues a task.</summary>
    /// <param name="task">The task.</param>
    /// <param name="cancellationToken">Stops waiting; the task may have been enqueued all the same.</param>
    /// <returns>The task's message id, once the broker has confirmed it.</returns>
    /// <exception cref="ArgumentException">An option is beyond what AMQP carries, or one that is the system's.</exception>
    /// <exception cref="EnqueueFailedException">There is no queue <c>taskqueue</c>, the broker refused the task for
    /// <see cref="TaskQueueClientOptions.RefusalTimeout"/>, or the connection ended each time the task was sent.</exception>
    public async Task<string> EnqueueAsync(NewTask task, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        await ConnectedAsync(cancellationToken).ConfigureAwait(false);
        var publication = Publish(task);
        await publication.SendAsync(cancellationToken).ConfigureAwait(false);
        await publication.UntilConfirmedAsync(cancellationToken).ConfigureAwait(false);
        return publication.MessageId;
    }

    /// <summary>Enqueues many tasks, with up to <see cref="TaskQueueClientOptions.MaxInFlight"/> of them unconfirmed at once: some ten times as
    /// fast as one after the other.</summary>
    /// <param name="tasks">The tasks, sent in this order. They are enumerated as there is room, so they may be made on the way.</param>
    /// <param name="cancellationToken">Stops; some of the tasks may have been enqueued.</param>
    /// <returns>Their message ids, in the same order, once the broker has confirmed them all.</returns>
    /// <exception cref="EnqueueFailedException">A task could not be enqueued, for the reason in <see cref="Exception.InnerException"/>; no further
    /// one was sent. The exception tells what became of the others.</exception>
    public async Task<IReadOnlyList<string>> EnqueueManyAsync(IEnumerable<NewTask> tasks, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        await ConnectedAsync(cancellationToken).ConfigureAwait(false);
        var batch = new Batch(_options.MaxInFlight);
        try
        {
            foreach (var task in tasks)
            {
                if (!await batch.HasRoomAsync().ConfigureAwait(false))
                {
                    break;
                }

                await batch.SendAsync(Publish(task), cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e)
        {
            // Also what the caller's enumerator throws: those under way are awaited before anyone hears of it.
            batch.Fail(e);
        }

        return await batch.CompleteAsync().ConfigureAwait(false);
    }

    /// <summary>Enqueues a workitem and waits for its result.</summary>
    /// <param name="workerType">Who shall do it; it is written into the workitem, as <see cref="NewTask(string, WorkItem, EnqueueOptions?)"/> tells.</param>
    /// <param name="workItem">What there is to do.</param>
    /// <param name="options">What the message carries beside its body; <see cref="EnqueueOptions.ReplyTo"/> is the client's.</param>
    /// <param name="timeout">How long to wait, enqueuing and a delay included. Default <see cref="TaskQueueClientOptions.RunTimeout"/>, and the
    /// delay in addition.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <inheritdoc cref="RunAsync(NewTask, TimeSpan?, CancellationToken)" path="/returns|/exception|/remarks"/>
    public Task<TaskResult> RunAsync(
        string workerType,
        WorkItem workItem,
        EnqueueOptions? options = null,
        TimeSpan? timeout = null,
        CancellationToken cancellationToken = default) =>
        RunAsync(new NewTask(workerType, workItem, options), timeout, cancellationToken);

    /// <summary>Enqueues a task and waits for its result.</summary>
    /// <param name="task">The task. Its options leave <see cref="EnqueueOptions.ReplyTo"/> to the client.</param>
    /// <param name="timeout">How long to wait, enqueuing and a delay included. Default <see cref="TaskQueueClientOptions.RunTimeout"/>, and the
    /// delay in addition.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The first result that the task sends.</returns>
    /// <exception cref="TaskFailedException">The task failed.</exception>
    /// <exception cref="TimeoutException">No result came in time.</exception>
    /// <exception cref="EnqueueFailedException">The task could not be enqueued.</exception>
    /// <exception cref="ArgumentException">An option is beyond what AMQP carries, or one that is the system's.</exception>
    /// <exception cref="InvalidOperationException">Another task with the same <see cref="EnqueueOptions.CorrelationId"/> is being run.</exception>
    /// <remarks>A task whose caller has given up is run all the same; <see cref="EnqueueOptions.Expiration"/> bounds how long it may wait for
    /// its start. A worker that returns no result (<see langword="null"/>) is never heard of: enqueue such tasks.</remarks>
    public async Task<TaskResult> RunAsync(NewTask task, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Options.ReplyTo is not null)
        {
            throw new ArgumentException("ReplyTo is set: the client answers through a queue of its own. Use EnqueueAsync for results that go elsewhere.", nameof(task));
        }

        ObjectDisposedException.ThrowIf(_disposed.IsCancellationRequested, this);
        var now = _options.TimeProvider.GetUtcNow();
        var delay = TaskMessages.DelayOf(task.Options, now);
        var message = TaskMessages.Of(task, _queues.TaskQueue, now);
        var patience = timeout ?? Sum(_options.RunTimeout, delay);
        using var deadline = new CancellationTokenSource(patience, _options.TimeProvider);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        var enqueued = false;
        try
        {
            await ConnectedAsync(stop.Token).ConfigureAwait(false);
            var replies = await RepliesAsync(stop.Token).ConfigureAwait(false);
            var messageId = message.Properties.MessageId!;
            var correlationId = task.Options.CorrelationId ?? messageId;
            using var waiting = replies.Expect(correlationId, messageId, task.WorkerType);
            var publication = Publish(
                message with { Properties = message.Properties with { ReplyTo = replies.Name, CorrelationId = correlationId } }, delay);

            await publication.SendAsync(stop.Token).ConfigureAwait(false);
            await publication.UntilConfirmedAsync(stop.Token).ConfigureAwait(false);
            enqueued = true;
            var result = await waiting.Result.WaitAsync(stop.Token).ConfigureAwait(false);

            return FailedResult.Of(result) is { } failure ? throw failure : result;
        }
        catch (OperationCanceledException e) when (_disposed.IsCancellationRequested && !stop.IsCancellationRequested)
        {
            throw new ObjectDisposedException($"{nameof(TaskQueueClient)} was disposed of before the task was enqueued.", e);
        }
        catch (OperationCanceledException e) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new TimeoutException(
                enqueued
                    ? $"No result from worker type \"{task.WorkerType}\" within {patience.TotalSeconds} s. {(HasExpired(message.Properties, now + delay) ? "The task has expired: unless it runs already, it will not be started." : "The task stays enqueued; does a pool serve that type?")}"
                    : $"The broker did not confirm the task for worker type \"{task.WorkerType}\" within {patience.TotalSeconds} s. It may have been enqueued all the same.",
                e);
        }
    }

    private bool HasExpired(MessageProperties task, DateTimeOffset due) => TaskExpiry.Of(task, due) <= _options.TimeProvider.GetUtcNow();

    /// <summary>Disconnects. Whoever still waits for a result gets an <see cref="ObjectDisposedException"/>.</summary>
    /// <returns>A task that completes when the reply queue is deleted and the connection closed.</returns>
    public async ValueTask DisposeAsync()
    {
        if (_disposed.IsCancellationRequested)
        {
            return;
        }

        // Ends connecting, and a reply queue in the making, which would be left behind.
        await _disposed.CancelAsync().ConfigureAwait(false);
        await _connectLock.WaitAsync().ConfigureAwait(false);
        await _repliesLock.WaitAsync().ConfigureAwait(false);
        if (_replies is not null)
        {
            await _replies.DisposeAsync().ConfigureAwait(false);
        }

        await _broker.DisposeAsync().ConfigureAwait(false);
        _repliesLock.Dispose();
        _connectLock.Dispose();
        _disposed.Dispose();
    }

    private static void Check(TaskQueueClientOptions options)
    {
        if (options.MaxInFlight < 1)
        {
            throw new ArgumentException($"MaxInFlight is {options.MaxInFlight}: expected 1 or more.", nameof(options));
        }
    }

    private async ValueTask ConnectedAsync(CancellationToken cancellationToken)
    {
        if (_isConnected)
        {
            return;
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        await _connectLock.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            if (_isConnected)
            {
                return;
            }

            await _broker.ConnectAsync(stop.Token).ConfigureAwait(false);
            if (_options.DeclareQueue)
            {
                var queue = new QueueDefinition(_queues.TaskQueue, _options.Broker.QueueType) { Door = _options.ThroughExchange ? _queues.Door : null };
                await _broker.DeclareQueueAsync(queue, stop.Token).ConfigureAwait(false);
            }

            _isConnected = true;
        }
        finally
        {
            _connectLock.Release();
        }
    }

    private Publication Publish(NewTask task)
    {
        var now = _options.TimeProvider.GetUtcNow();
        return Publish(TaskMessages.Of(task, _queues.TaskQueue, now), TaskMessages.DelayOf(task.Options, now));
    }

    private Publication Publish(OutgoingMessage message, TimeSpan delay)
    {
        // Its queue is declared when it turns out to be missing: most clients delay nothing, and dispatchers declare it.
        var declares = delay > TimeSpan.Zero && _options.DeclareQueue ? _delays.Entrance : null;
        if (_options.ThroughExchange && delay <= TimeSpan.Zero)
        {
            message = message with { Exchange = _queues.Door };
        }

        var measurement = Measurement.Start(ref message);
        return new Publication(_broker, _delays.Delay(message, delay), declares, measurement, _options, _logger);
    }

    // No timer waits longer than 49 days; a program that does may as well wait for as long as it takes.
    private static TimeSpan Sum(TimeSpan timeout, TimeSpan delay) =>
        timeout == Timeout.InfiniteTimeSpan || timeout.TotalMilliseconds + delay.TotalMilliseconds >= uint.MaxValue ? Timeout.InfiniteTimeSpan : timeout + delay;

    private async Task<ReplyQueue> RepliesAsync(CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _disposed.Token);
        await _repliesLock.WaitAsync(stop.Token).ConfigureAwait(false);
        try
        {
            return _replies ??= await ReplyQueue
                .OpenAsync(_broker, _options.Broker.QueuePrefix, _options.ReplyQueueExpiry, _options.TimeProvider, _logger, stop.Token)
                .ConfigureAwait(false);
        }
        finally
        {
            _repliesLock.Release();
        }
    }
}
