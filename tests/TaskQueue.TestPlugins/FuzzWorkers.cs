using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace TaskQueue.TestPlugins;

/// <summary>Writes the number of each task (its header <c>fuzz</c>) into a journal, and does what the task asks for, however bad; else gives it back as it is.</summary>
/// <remarks>A journal is a file of this process in the folder of the setting <c>runs</c>.</remarks>
[WorkerType("fuzz")]
public sealed class FuzzWorker : BaseWorker, IDisposable
{
    private FileStream? _journal;
    private string _does = "";

    public override void OnStart() => _journal = new FileStream(
        Path.Combine(Settings["runs"], Environment.ProcessId.ToString(CultureInfo.InvariantCulture)), FileMode.Create, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);

    public override async Task<WorkItem?> HandleTaskAsync(WorkItem workItem, TaskContext context)
    {
        _journal!.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{context.Headers.GetValueOrDefault("fuzz")}\n")));
        _does = workItem is RuoteWorkItem ? Argument.Of(workItem) : "";
        switch (_does)
        {
            case "permanent":
                throw new PermanentFailureException("as the task says");
            case "temporary":
                throw new TemporaryFailureException("as the task says") { RetryAfter = TimeSpan.FromSeconds(-1) };
            case "unknown":
                throw new InvalidOperationException(new string('x', 1_000_000));
            case "sleep":
                await Task.Delay(System.Threading.Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
                break;
            case "print":
                context.ReportProgress(double.NaN, new string('\u0007', 10_000));
                Console.WriteLine(new string('\u001b', 100_000));
                break;
            case "exit":
                Environment.Exit(0);
                break;
            case "kill":
                Process.GetCurrentProcess().Kill();
                break;
            case "large":
                return new RawWorkItem(new byte[2 * 1024 * 1024]);
        }

        return workItem;
    }

    public override IEnumerable<ResultMessage> ReportResults(WorkItem? result, TaskContext context) => _does switch
    {
        "elsewhere" => [new ResultMessage(result!, "taskqueue.cancelled")],
        "break" => throw new InvalidOperationException("as the task says"),
        _ => base.ReportResults(result, context),
    };

    public void Dispose() => _journal?.Dispose();
}
