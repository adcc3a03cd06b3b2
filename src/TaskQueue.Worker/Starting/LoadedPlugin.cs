using TaskQueue.Worker.Output;
using TaskQueue.Worker.Tasks;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.Worker.Starting;

/// <summary>A plugin that is ready for tasks.</summary>
/// <param name="Worker">The plugin's object.</param>
/// <param name="WorkerType">The worker type whose tasks it gets.</param>
/// <param name="Formats">The formats of its work items.</param>
/// <param name="Accepted">What it takes.</param>
internal sealed record LoadedPlugin(BaseWorker Worker, string WorkerType, WorkItemFormats Formats, AcceptedTypes Accepted) : ITaskHandler
{
    public async Task<IEnumerable<ResultMessage>> HandleAsync(TaskFrame task, TaskContext context, TaskOutput output)
    {
        var workItem = Formats.DecodeTask(task);
        if (!Accepted.Accepts(workItem))
        {
            throw new RefusedTaskException(
                $"worker type {WorkerType} does not take {workItem.ContentType} ({workItem.WorkItemType}); it takes {Accepted}");
        }

        return Worker.ReportResults(await Worker.HandleTaskAsync(workItem, context), context);
    }

    public Task OnIdleAsync(CancellationToken cancellationToken) => Worker.OnIdleAsync(cancellationToken);

    public Task OnStopAsync(CancellationToken cancellationToken) => Worker.OnStopAsync(cancellationToken);
}
