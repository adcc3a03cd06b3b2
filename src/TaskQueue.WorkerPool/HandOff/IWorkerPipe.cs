using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.HandOff;

/// <summary>The way to a worker process: <see cref="Supervision.WorkerProcess"/>, or something that a test has a look at.</summary>
internal interface IWorkerPipe
{
    /// <summary>What the process runs.</summary>
    WorkerSpec Spec { get; }

    /// <summary>Its process id.</summary>
    int Pid { get; }

    /// <summary>Puts a frame behind those that wait to be written. Returns at once, and does not fail.</summary>
    void Post(Frame frame);

    /// <summary>Has all that was posted written. A process that is gone cannot be written to; then its end tells of the end of its tasks.</summary>
    Task FlushAsync();

    /// <summary>What the process and all that it has started have used so far.</summary>
    /// <returns><see langword="null"/> where nobody wants to know, or the kernel does not tell.</returns>
    ResourceUsage? Usage();

    /// <summary>The process could not do tasks for want of something.</summary>
    /// <param name="cause">What it says of that.</param>
    /// <param name="closes">Whether it gets no more tasks, and another takes its place when somebody may have mended that.</param>
    void Refuse(string cause, bool closes);

    /// <summary>Whether some of those that run the same are thought to be of no use, since they could not do tasks.</summary>
    bool IsInDoubt { get; }

    /// <summary>The process has done a task, which was in doubt.</summary>
    void Prove();

    /// <summary>Ends the process and everything it started, at once, because of what one of its tasks does. A process that is replaced for that is not faulty.</summary>
    /// <param name="cause">Why, for the log.</param>
    void KillForTask(string cause);
}
