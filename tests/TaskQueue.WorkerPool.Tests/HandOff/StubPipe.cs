using System.Collections.Concurrent;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.HandOff;
using TaskQueue.WorkerPool.Planning;
using TaskQueue.WorkerProtocol;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>The way to no process, which remembers what was sent.</summary>
internal sealed class StubPipe(WorkerSpec spec, int pid = 4711) : IWorkerPipe
{
    public WorkerSpec Spec => spec;

    public int Pid => pid;

    public ConcurrentQueue<Frame> Posted { get; } = new();

    public ResourceUsage? Used { get; set; }

    public string? KilledFor { get; private set; }

    public void Refuse(string cause, bool closes) => throw new InvalidOperationException("That is done outside of the lock.");

    public bool IsInDoubt { get; set; }

    public void Prove() => throw new InvalidOperationException("That is done outside of the lock.");

    public void Post(Frame frame) => Posted.Enqueue(frame);

    public Task FlushAsync() => Task.CompletedTask;

    public ResourceUsage? Usage() => Used;

    public void KillForTask(string cause) => KilledFor ??= cause;
}
