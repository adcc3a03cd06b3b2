namespace TaskQueue.WorkerPool.Planning;

/// <summary>Where the worker program is: in the folder <c>worker</c> beside the pool's own.</summary>
internal static class WorkerExecutable
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "worker", "taskqueue-worker");
}
