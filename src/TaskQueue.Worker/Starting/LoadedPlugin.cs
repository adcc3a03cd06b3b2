using TaskQueue.Worker.Tasks;

namespace TaskQueue.Worker.Starting;

/// <summary>A plugin that is ready for tasks.</summary>
/// <param name="Worker">The plugin's object.</param>
/// <param name="WorkerType">The worker type whose tasks it gets.</param>
/// <param name="Formats">The formats of its work items.</param>
/// <param name="Accepted">What it takes.</param>
internal sealed record LoadedPlugin(BaseWorker Worker, string WorkerType, WorkItemFormats Formats, AcceptedTypes Accepted);
