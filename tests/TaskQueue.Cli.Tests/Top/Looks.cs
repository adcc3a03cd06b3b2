using System.Collections.ObjectModel;
using TaskQueue.Cli.Status;
using TaskQueue.Cli.Top;
using TaskQueue.Configuration;
using TaskQueue.Messaging.Control;

namespace TaskQueue.Cli.Tests.Top;

/// <summary>What <c>top</c> may find.</summary>
internal static class Looks
{
    public const string Problem = "lines = \"0\": expected a whole number from 1";

    public static readonly DateTimeOffset Now = new(2027, 1, 31, 12, 0, 0, TimeSpan.Zero);

    /// <summary>A system with some worker types, one of which does not start, and so many tasks.</summary>
    public static TopData Busy(int tasks = 40)
    {
        var pool = new ServiceIdentity("workerpool", "web3", 4711, "a");
        var report = new ServiceReport
        {
            Version = "1.0.0",
            UptimeMilliseconds = 4_000_000,
            Broker = "rabbit1:5672",
            AllowControl = true,
            Types = [new("echo") { Workers = 2, Ready = 2 }, new("poem") { Workers = 1 }, new("resize") { Workers = 4, Ready = 4, Running = 4 }, new("sleep") { Workers = 1, Ready = 1, Paused = true }],
            Problems = [new ServiceProblem(ServiceProblem.DoesNotStart, Problem) { WorkerType = "poem", Section = "poem" }],
            Failures = [new(Now.AddSeconds(-5), "f1", "resize", "crash", "was ended by SIGSEGV")],
        };
        var dispatcher = (new ServiceIdentity("dispatcher", "web1", 12, "b"), new ServiceReport { Broker = "rabbit1:5672", AllowControl = true });
        List<(ServiceIdentity, ServiceReport)> services = [dispatcher, (pool, report)];
        var queues = new StatusReport(
        [
            new("taskqueue", QueueRole.Tasks, 0, 1),
            new("worker_echo", QueueRole.Worker, 0, 1) { WorkerType = "echo" },
            new("worker_poem", QueueRole.Worker, 3, 0) { WorkerType = "poem" },
            new("worker_resize", QueueRole.Worker, 1200, 1) { WorkerType = "resize" },
            new("worker_resize.buried", QueueRole.Buried, 2, 0) { WorkerType = "resize" },
            new("worker_sleep", QueueRole.Worker, 7, 0) { WorkerType = "sleep" },
        ]).With(services);
        var running = Enumerable.Range(0, tasks).Select(number => ("web3", new TaskReport($"{number:x8}4f0f8f6d9f1ad4b0c0de", number % 2 == 0 ? "resize" : "echo")
        {
            Running = true,
            Worker = $"resize#{number}",
            Pid = 5000 + number,
            User = "images",
            Milliseconds = 1000L * number,
            Fraction = 0.5,
            Message = "half way",
        })).ToList();
        var sample = new TopSample(0, queues, ReadOnlyDictionary<string, QueueCounts>.Empty, services, running);
        return TopData.Of(sample, earlier: null, new FixedTime(Now));
    }

    private sealed class FixedTime(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
