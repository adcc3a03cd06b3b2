namespace TaskQueue.Worker.Tasks;

/// <summary>A task is not one that the handler takes, and never will be.</summary>
internal sealed class RefusedTaskException(string message, Exception? cause = null) : Exception(message, cause);
