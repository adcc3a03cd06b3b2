using System.Collections.Concurrent;
using System.Diagnostics;
using TaskQueue.WorkerPool.Planning;

namespace TaskQueue.WorkerPool.Supervision;

/// <summary>Starts all worker processes, from one thread that lives as long as the pool.</summary>
/// <remarks>The kernel sends a worker its parent-death signal when the <em>thread</em> that forked it ends, not the process
/// (prctl(2), PR_SET_PDEATHSIG): a thread of the pool's thread pool would take its workers along when it retires.</remarks>
internal sealed class Spawner : IDisposable
{
    private readonly BlockingCollection<Order> _orders = [];
    private readonly Thread _thread;

    public Spawner()
    {
        _thread = new Thread(Work) { Name = "spawner", IsBackground = true };
        _thread.Start();
    }

    /// <summary>Starts a process with its three standard streams connected to us.</summary>
    /// <param name="command">What to start.</param>
    /// <returns>The process, running.</returns>
    /// <exception cref="System.ComponentModel.Win32Exception">The first program of the command cannot be started.</exception>
    public Task<Process> StartAsync(LaunchCommand command)
    {
        var order = new Order(command, new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously));
        _orders.Add(order);
        return order.Started.Task;
    }

    /// <summary>Completes when the thread gets to it, as it would to a process to start.</summary>
    public Task AnswerAsync()
    {
        var order = new Order(Command: null, new TaskCompletionSource<Process>(TaskCreationOptions.RunContinuationsAsynchronously));
        _orders.Add(order);
        return order.Started.Task;
    }

    /// <summary>Ends the thread, and with it every worker that still runs.</summary>
    public void Dispose()
    {
        _orders.CompleteAdding();
        _thread.Join();
        _orders.Dispose();
    }

    private void Work()
    {
        foreach (var (command, started) in _orders.GetConsumingEnumerable())
        {
            try
            {
                started.SetResult(command is null ? null! : Start(command));
            }
            catch (Exception e)
            {
                // The caller decides; the thread must live on for the others.
                started.SetException(e);
            }
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

    private sealed record Order(LaunchCommand? Command, TaskCompletionSource<Process> Started);
}
