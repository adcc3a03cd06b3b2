using System.Globalization;
using TaskQueue.Broker.Tests.Storage;
using TaskQueue.Testing;

namespace TaskQueue.Broker.Tests.Clients;

/// <summary>What Celery, as Debian has it, does against our broker with its database: a worker, tasks, retries, a process that dies, a connection that is cut.</summary>
public sealed class CeleryTests : IDisposable
{
    private const string Python = "/usr/bin/python3";

    private readonly StoreFolder _folder = new(isInMemory: true);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_worker_does_all_tasks_also_those_of_a_process_that_died_and_after_its_connection_was_cut()
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable("CI") is null && Shell.Try(Python, "", "-c", "import celery").ExitCode != 0, "Needs Celery: apt-get install python3-celery");
        await using var broker = await TestBroker.StartAsync(options => options with { Database = _folder.File, DiskFreeLimitBytes = 0 });
        var script = Path.Combine(AppContext.BaseDirectory, "Clients", "celery", "drive.py");
        var (port, folder) = (broker.Port.ToString(CultureInfo.InvariantCulture), _folder.Path);

        var (exitCode, output, error) = await Task.Run(() => Shell.Try(Python, "", script, port, folder), TestContext.Current.CancellationToken);

        Assert.True(exitCode == 0, output + error + await File.ReadAllTextAsync(Path.Combine(folder, "worker.log"), TestContext.Current.CancellationToken));
    }
}
