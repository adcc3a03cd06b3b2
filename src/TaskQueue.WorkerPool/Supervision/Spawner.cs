using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.WorkerPool.Cgroups;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Starts all worker processes, from one thread that lives as long as the pool.</summary>
/// <remarks>The kernel sends a worker its parent-death signal when the <em>thread</em> that forked it ends, not the process
/// (prctl(2), PR_SET_PDEATHSIG): a thread of the pool's thread pool would take its workers along when it retires.</remarks>
internal sealed class Spawner : IDisposable
{
    private readonly BlockingCollection<Order> _orders = [];
    private readonly Dictionary<string, CgroupTree> _trees = new(StringComparer.Ordinal);
    private readonly Thread _thread;

    public Spawner()
    {
        _thread = new Thread(Work) { Name = "spawner", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Starts a process with its three standard streams connected to us, in the control group that is planned for it.</summary>
    /// <param name="spec">What to start.</param>
    /// <returns>The process, running, and its group.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">The first program of the command cannot be started.</exception>
    /// <exception cref="CgroupException">It cannot have its group.</exception>
    public Task<(Process Process, WorkerCgroup? Group)> StartAsync(WorkerSpec spec) => Give(spec);

    /// <summary>Completes when the thread gets to it, as it would to a process to start.</summary>
    public Task AnswerAsync() => Give(spec: null);

    /// <summary>Ends the thread, and with it every worker that still runs.</summary>
    public void Dispose()
    {
        _orders.CompleteAdding();
        _thread.Join();
        _orders.Dispose();
    }

    private Task<(Process Process, WorkerCgroup? Group)> Give(WorkerSpec? spec)
    {
        var order = new Order(spec, new(TaskCreationOptions.RunContinuationsAsynchronously));
        _orders.Add(order);
        return order.Started.Task;
    }

    private void Work()
    {
        foreach (var (spec, started) in _orders.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(spec is null ? default : Start(spec));
            }
            catch (Exception e)
            {
                // The caller decides; the thread must live on for the others.
                started.SetException(e);
            }
        }
    }

    private (Process Process, WorkerCgroup? Group) Start(WorkerSpec spec)
    {
        if (spec.Cgroup is not { } plan)
        {
            return (Start(spec.Launch), null);
        }

        if (!_trees.TryGetValue(plan.Folder, out var tree))
        {
            _trees.Add(plan.Folder, tree = new CgroupTree(plan.Folder));
        }

        var group = tree.Make(plan);
        Process? process = null;
        try
        {
            // It runs nobody's code before it is told what to load.
            process = Start(spec.Launch);
            group.Add(process.Id);
            return (process, group);
        }
        catch
        {
            process?.Kill();
            process?.Dispose();
            group.TryRemove();
            throw;
        }
    }

    private static Process Start(LaunchCommand command)
    {
        var info = new ProcessStartInfo(command.Path, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = "/",
        };
        info.Environment.Clear();
        foreach (var (name, value) in command.Environment)
        {
            info.Environment[name] = value;
        }

        return Process.Start(info)!;
    }

    private sealed record Order(WorkerSpec? Spec, TaskCompletionSource<(Process Process, WorkerCgroup? Group)> Started);
}
