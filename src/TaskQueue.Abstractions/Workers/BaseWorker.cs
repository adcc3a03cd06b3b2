using System.Collections.ObjectModel;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace TaskQueue;

/// <summary>
/// The base class of every worker plugin. Derive from it, override <see cref="HandleTask"/> or
/// <see cref="HandleTaskAsync"/>, build a class library and put it into the plugin folder: there is nothing to register.
/// </summary>
/// <remarks>
/// <para>
/// Life cycle: a worker process creates one object with its public parameterless constructor, sets <see cref="Settings"/>
/// and <see cref="Logger"/>, calls <see cref="OnStartAsync"/>, then one <see cref="HandleTaskAsync"/> per task, and
/// <see cref="OnStopAsync"/> before it ends. The callbacks and tasks of one object never overlap, unless the
/// configuration asks for <c>concurrency</c> above 1: then <see cref="HandleTaskAsync"/> runs that often at once.
/// </para>
/// <para>
/// The worker type is the class name without <c>Worker</c>, in lower case (<c>ResizeWorker</c> serves <c>resize</c>), or
/// what <see cref="WorkerTypeAttribute"/> says.
/// </para>
/// </remarks>
public abstract class BaseWorker
{
    private static readonly IReadOnlyList<string> Anything = ["*/*"];

    /// <summary>
    /// The content types this worker takes: work item types (<c>application/x-ruote-workitem</c>) or the content types
    /// of messages (<c>image/png</c>), with <c>*</c> for either half.
    /// </summary>
    /// <value>Default <c>*/*</c>. A task of another type fails for good, before <see cref="HandleTaskAsync"/>.</value>
    public virtual IReadOnlyList<string> Accept => Anything;

    /// <summary>The keys of this worker's section in config.ini that the system itself has no use for.</summary>
    /// <value>Keys compare without regard to case. Set before <see cref="OnStartAsync"/>.</value>
    public IReadOnlyDictionary<string, string> Settings { get; set; } = ReadOnlyDictionary<string, string>.Empty;

    /// <summary>Writes to the log of the pool, tagged with worker type and instance.</summary>
    /// <value>Set before <see cref="OnStartAsync"/>. Within a task prefer <see cref="TaskContext.Logger"/>.</value>
    public ILogger Logger { get; set; } = NullLogger.Instance;

    /// <summary>Called once, before the first task. Open connections and load models here.</summary>
    /// <param name="cancellationToken">Cancelled when the worker is stopped before it is ready.</param>
    /// <returns>A task that completes when the worker can take tasks. An exception ends the process; the pool restarts
    /// it after a growing delay.</returns>
    public virtual Task OnStartAsync(CancellationToken cancellationToken)
    {
        OnStart();
        return Task.CompletedTask;
    }

    /// <summary>The synchronous form of <see cref="OnStartAsync"/>.</summary>
    public virtual void OnStart()
    {
    }

    /// <summary>Called once, after the last task, when the worker is asked to stop. A worker that is killed never gets here.</summary>
    /// <param name="cancellationToken">Cancelled when the time given to stop is over.</param>
    /// <returns>A task that completes when the process may end.</returns>
    public virtual Task OnStopAsync(CancellationToken cancellationToken)
    {
        OnStop();
        return Task.CompletedTask;
    }

    /// <summary>The synchronous form of <see cref="OnStopAsync"/>.</summary>
    public virtual void OnStop()
    {
    }

    /// <summary>Called once each time that no task has come for <c>idle_timeout</c>. Drop caches and idle connections here.</summary>
    /// <param name="cancellationToken">Cancelled when the worker is asked to stop. A task that arrives meanwhile waits for the callback.</param>
    /// <returns>A task that completes when the worker can take tasks again.</returns>
    public virtual Task OnIdleAsync(CancellationToken cancellationToken)
    {
        OnIdle();
        return Task.CompletedTask;
    }

    /// <summary>The synchronous form of <see cref="OnIdleAsync"/>.</summary>
    public virtual void OnIdle()
    {
    }

    /// <summary>Does the work. Override this, or <see cref="HandleTaskAsync"/> when it awaits something.</summary>
    /// <param name="workItem">The task; may be changed and returned.</param>
    /// <param name="context">What is known about the task, its cancellation and its progress.</param>
    /// <returns>The result, or <see langword="null"/> to send none.</returns>
    /// <exception cref="PermanentFailureException">Trying again cannot help.</exception>
    /// <exception cref="TemporaryFailureException">Trying again later may help.</exception>
    /// <remarks>Any other exception is a failure of unknown kind; its message and stack go into the failed task's result.</remarks>
    public virtual WorkItem? HandleTask(WorkItem workItem, TaskContext context) =>
        throw new InvalidOperationException($"{GetType()} overrides neither {nameof(HandleTask)} nor {nameof(HandleTaskAsync)}.");

    /// <inheritdoc cref="HandleTask"/>
    public virtual Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context) =>
        Task.FromResult(HandleTask(workItem, context));

    /// <summary>Turns what <see cref="HandleTaskAsync"/> returned into the messages to publish. Override it to send
    /// several, or to send them elsewhere.</summary>
    /// <param name="result">What the handler returned.</param>
    /// <param name="context">The task.</param>
    /// <returns>The messages; all are confirmed by the broker before the task is acknowledged.</returns>
    public virtual IEnumerable<ResultMessage> ReportResults(WorkItem? result, TaskContext context) =>
        result is null ? [] : [new ResultMessage(result)];
}
