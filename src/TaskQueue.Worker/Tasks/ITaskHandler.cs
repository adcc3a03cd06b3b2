using TaskQueue.Worker.Output;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Tasks;

/// <summary>What does the tasks of this process: a plugin or a command.</summary>
internal interface ITaskHandler
{
    /// <summary>The worker type whose tasks it gets.</summary>
    string WorkerType { get; }

    /// <summary>The formats of its work items.</summary>
    WorkItemFormats Formats { get; }

    /// <summary>Does a task. What it throws is the task's failure, see <see cref="Failure"/>.</summary>
    /// <param name="task">The task as it came.</param>
    /// <param name="context">What is known about it, and its cancellation.</param>
    /// <param name="output">Where its lines go.</param>
    /// <returns>What the task sends.</returns>
    Task<IEnumerable<ResultMessage>> HandleAsync(TaskFrame task, TaskContext context, TaskOutput output);

    /// <summary>No task has come for a while.</summary>
    Task OnIdleAsync(CancellationToken cancellationToken);

    /// <summary>The last task is done.</summary>
    Task OnStopAsync(CancellationToken cancellationToken);
}
