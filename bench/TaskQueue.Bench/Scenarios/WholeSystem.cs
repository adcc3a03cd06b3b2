using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

/// <summary>All three hops: ours with a dispatcher and a pool, or RabbitMQ.Client alone, all in one process.</summary>
internal static class WholeSystem
{
    /// <summary>Sends tasks all the way.</summary>
    /// <param name="trial">The run.</param>
    /// <param name="mode">How.</param>
    /// <param name="isRaw">Whether without us.</param>
    /// <param name="adapt">Changes what the driver does.</param>
    public static async Task<DriveReport> DriveAsync(Trial trial, DriveMode mode, bool isRaw, Func<DriveOptions, DriveOptions>? adapt = null)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var options = DriverProcess.Options(trial, queues, mode, isRaw);
        options = adapt?.Invoke(options) ?? options;
        if (isRaw)
        {
            return await CheckedAsync(trial, queues, await DriverProcess.RunAsync(options, trial.Stop));
        }

        var services = new Services(trial, queues, new PoolSize(2));
        await using var dispatcher = await services.Dispatcher.StartAsync();
        await using var pool = await services.Pool.StartAsync();
        var report = await DriverProcess.RunAsync(options with { Services = [dispatcher.Pid, pool.Pid] }, trial.Stop);
        await dispatcher.StopAsync();
        await pool.StopAsync();
        return await CheckedAsync(trial, queues, report);
    }

    private static async Task<DriveReport> CheckedAsync(Trial trial, QueueSet queues, DriveReport report)
    {
        foreach (var queue in (string[])[queues.Tasks, queues.Work, queues.Results])
        {
            await queues.ExpectAsync(queue, 0, trial.Stop);
        }

        return report;
    }
}
