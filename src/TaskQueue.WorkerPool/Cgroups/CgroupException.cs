namespace TaskQueue.WorkerPool.Cgroups;

/// <summary>A worker gets no control group: it is not started, for without one it would have no limits.</summary>
internal sealed class CgroupException(string message, Exception inner) : Exception(message, inner);
