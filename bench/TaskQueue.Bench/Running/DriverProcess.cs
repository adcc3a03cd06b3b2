using System.Text.Json;
using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Scenarios;

namespace TaskQueue.Bench.Running;

/// <summary>Runs a driver as a process of its own.</summary>
internal static class DriverProcess
{
    public const string Command = "drive";

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    /// <summary>The options of a driver that our client or RabbitMQ.Client alone drives.</summary>
    public static DriveOptions Options(Trial trial, QueueSet queues, DriveMode mode, bool isRaw) => new(mode)
    {
        Port = trial.Bench.Server.Port,
        Prefix = queues.Prefix,
        QueueType = queues.Type,
        IsRaw = isRaw,
        Amount = trial.Options.Amount,
        Broker = trial.Bench.Server.Pid,
    };

    /// <summary>Runs it to its end.</summary>
    public static async Task<DriveReport> RunAsync(DriveOptions options, CancellationToken stop)
    {
        await using var process = await Launch.Self(Command, JsonSerializer.Serialize(options)).StartAsync();
        while (!process.HasExited)
        {
            await Task.Delay(Interval, TimeProvider.System, stop);
        }

        var exitCode = await process.ExitAsync();
        return exitCode == 0
            ? JsonSerializer.Deserialize<DriveReport>(process.Log.Split('\n')[^1])!
            : throw new InvalidOperationException($"The driver exited with {exitCode}:\n{process.Log}");
    }
}
