using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TaskQueue.TestPlugins;

/// <summary>Works for the given number of milliseconds, and writes into a journal when it starts and when it ends.</summary>
/// <remarks>
/// A journal is a file of this process in the folder of the setting <c>journal</c>, named by the setting <c>site</c> and the process
/// id. Its times are of the clock that all processes of a machine share. Further words change what the task does: see <see cref="HandleTaskAsync"/>.
/// </remarks>
[WorkerType("chaos")]
public sealed class ChaosWorker : BaseWorker, IDisposable
{
    private FileStream? _journal;

    public override void OnStart()
    {
        var site = Settings.GetValueOrDefault("site", "site");
        _journal = new FileStream(
            Path.Combine(Settings["journal"], $"{site}-{Environment.ProcessId}"), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
    }

    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        Write("start", context);
        var duration = TimeSpan.FromMilliseconds(Argument.Number(workItem, 0, otherwise: 0));
        switch (Argument.Words(workItem).ElementAtOrDefault(1))
        {
            case "child":
                await RunChildAsync(duration, context);
                break;
            case "eat" when IsFirst(context):
                Eat();
                break;
            default:
                await Task.Delay(duration, TimeProvider.System, context.CancellationToken);
                break;
        }

        Write("end", context);
        return workItem;
    }

    public void Dispose() => _journal?.Dispose();

    private static async Task RunChildAsync(TimeSpan duration, TaskContext context)
    {
        using var child = Process.Start("sleep", duration.TotalSeconds.ToString(CultureInfo.InvariantCulture));
        await child.WaitForExitAsync(context.CancellationToken);
        if (child.ExitCode != 0)
        {
            throw new TemporaryFailureException($"the child process ended with {child.ExitCode}");
        }
    }

    private static void Eat()
    {
        var eaten = new List<byte[]>();
        while (true)
        {
            var block = new byte[1024 * 1024];
            Array.Fill(block, (byte)1);
            eaten.Add(block);
        }
    }

    // Across processes: the first run of a task leaves a file.
    private bool IsFirst(TaskContext context)
    {
        try
        {
            using var mark = new FileStream(Path.Combine(Settings["journal"], $".{context.MessageId}"), FileMode.CreateNew);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    // One write for each line, so that a process that is killed leaves whole lines.
    private void Write(string what, TaskContext context) =>
        _journal!.Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{what} {Stopwatch.GetTimestamp()} {context.MessageId}\n")));
}
