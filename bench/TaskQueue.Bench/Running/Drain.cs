using System.Diagnostics;
using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Scenarios;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Running;

/// <summary>Has a service that is ready and warm clear a backlog, and clocks it from the first message that comes out to the last.</summary>
/// <remarks>The service is halted while the backlog is made: so publishing is not part of what is measured, and starting neither.</remarks>
internal sealed class Drain(Trial trial, QueueSet queues, string source, string target)
{
    private const int Window = 4000;
    private const long First = 2000, Most = 400_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromSeconds(60);

    /// <summary>Measures a service.</summary>
    /// <param name="launch">How it is started.</param>
    /// <param name="backlog">How many messages wait, or <see langword="null"/> for as many as are measured.</param>
    public async Task<Measurement> MeasureAsync(Launch launch, long? backlog = null)
    {
        await using var sender = await RawSender.ConnectAsync(trial.Bench.Node.Port, source, TaskText.Body(), Window, trial.Stop);
        await using var service = await launch.StartAsync();
        try
        {
            var messages = await trial.Options.Amount.WarmUpAsync(count => PassAsync(service, sender, count), (First, Most), trial.Stop);
            var window = await ClearAsync(service, sender, messages);
            if (await service.StopAsync() is not 0 and var exitCode)
            {
                throw new InvalidOperationException($"It exited with {exitCode}.");
            }

            await queues.ExpectAsync(target, messages, trial.Stop);
            await queues.ExpectAsync(source, 0, trial.Stop);
            return Measurement.OfRate(window);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"{e.Message} The service logged:\n{string.Join('\n', service.Log.Split('\n').TakeLast(30))}", e);
        }
    }

    private async Task<TimeSpan> PassAsync(ServiceProcess service, RawSender sender, long count)
    {
        var window = await ClearAsync(service, sender, count);
        await trial.Bench.Broker.PurgeQueueAsync(target, trial.Stop);
        return TimeSpan.FromSeconds(window.Seconds);
    }

    private async Task<Window> ClearAsync(ServiceProcess service, RawSender sender, long messages)
    {
        service.Signal("STOP");
        await sender.SendAsync(messages, trial.Stop);
        var (cpu, brokerCpu) = (new CpuMeter(service.Pid), new CpuMeter(trial.Bench.Node.Pid));
        service.Signal("CONT");

        var first = await UntilAsync(1);
        var (start, cpuStart, brokerCpuStart) = (Stopwatch.GetTimestamp(), cpu.Read(), brokerCpu.Read());
        var last = await UntilAsync(messages);
        return new Window(last - first, Stopwatch.GetElapsedTime(start).TotalSeconds, cpu.Read() - cpuStart, brokerCpu.Read() - brokerCpuStart);
    }

    /// <summary>Waits until at least so many messages have come out.</summary>
    /// <returns>How many there are.</returns>
    private async Task<long> UntilAsync(long messages)
    {
        var (seen, since) = (0L, Stopwatch.GetTimestamp());
        while (true)
        {
            var count = await queues.CountAsync(target, trial.Stop);
            if (count >= messages)
            {
                return count;
            }

            if (count != seen)
            {
                (seen, since) = (count, Stopwatch.GetTimestamp());
            }
            else if (Stopwatch.GetElapsedTime(since) > Patience)
            {
                throw new TimeoutException($"{count} of {messages} messages came to {target}, and none for {Patience.TotalSeconds} s.");
            }

            await Task.Delay(Interval, TimeProvider.System, trial.Stop);
        }
    }
}
