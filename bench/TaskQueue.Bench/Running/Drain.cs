using System.Diagnostics;
using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Scenarios;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Running;

/// <summary>Has a service that is ready and warm clear a backlog, and clocks it until the last message has come out.</summary>
/// <remarks>The service is halted while the backlog is made: so publishing is not part of what is measured, and starting neither.</remarks>
internal sealed class Drain(Trial trial, QueueSet queues, string source, string target)
{
    private const int Window = 4000;
    private const long Most = 400_000;

    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(5), Patience = TimeSpan.FromSeconds(60), Return = TimeSpan.FromMilliseconds(300);

    /// <summary>What its messages are like; tasks that do nothing unless said otherwise.</summary>
    public RawMessage Message { get; init; } = RawMessage.Task(TaskText.Body());

    /// <summary>How many messages wait at a time, or <see langword="null"/> for as many as are measured.</summary>
    public long? Backlog { get; init; }

    /// <summary>How many messages it takes at least until everything is warm.</summary>
    public long WarmUp { get; init; } = 2000;

    /// <summary>Measures a service.</summary>
    /// <param name="launch">How it is started.</param>
    public async Task<Measurement> MeasureAsync(Launch launch)
    {
        await using var sender = await RawSender.ConnectAsync(trial.Bench.Server.Port, source, Message, Window, trial.Stop);
        await using var service = await launch.StartAsync();
        try
        {
            var messages = await trial.Options.Amount.WarmUpAsync(count => WarmAsync(service, sender, count), (WarmUp, Most), trial.Stop);
            var backlog = Backlog ?? messages;
            var window = await ClearAsync(service, sender, backlog, Math.Min(messages, backlog));
            while (window.Messages < messages)
            {
                // The backlog is smaller than what can be measured: as often as it takes.
                await trial.Bench.Broker.PurgeQueueAsync(target, trial.Stop);
                window += await ClearAsync(service, sender, backlog, backlog);
            }

            if (await service.StopAsync() is not 0 and var exitCode)
            {
                throw new InvalidOperationException($"It exited with {exitCode}.");
            }

            await ExpectAllAsync(backlog, isDone: messages >= backlog);
            return Measurement.OfRate(window);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            throw new InvalidOperationException($"{e.Message} The service logged:\n{string.Join('\n', service.Log.Split('\n').TakeLast(30))}", e);
        }
    }

    private async Task<TimeSpan> WarmAsync(ServiceProcess service, RawSender sender, long count)
    {
        var window = await ClearAsync(service, sender, count, count);
        await trial.Bench.Broker.PurgeQueueAsync(target, trial.Stop);
        return TimeSpan.FromSeconds(window.Seconds);
    }

    /// <summary>Makes a backlog, and clocks the service until it has done some of it.</summary>
    private async Task<Window> ClearAsync(ServiceProcess service, RawSender sender, long backlog, long until)
    {
        service.Signal("STOP");
        await sender.SendAsync(backlog, trial.Stop);
        var (cpu, brokerCpu) = (new CpuMeter(service.Pid), new CpuMeter(trial.Bench.Server.Pid));
        var (start, cpuStart, brokerCpuStart) = (Stopwatch.GetTimestamp(), cpu.Read(), brokerCpu.Read());
        service.Signal("CONT");
        var done = await UntilAsync(until);
        return new Window(done, Stopwatch.GetElapsedTime(start).TotalSeconds, cpu.Read() - cpuStart, brokerCpu.Read() - brokerCpuStart);
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

    /// <summary>Makes sure that each message of the last backlog is where it belongs, once.</summary>
    private async Task ExpectAllAsync(long backlog, bool isDone)
    {
        // The broker notices a little later that a consumer is gone, and puts back what it still had.
        await Task.Delay(Return, TimeProvider.System, trial.Stop);
        var (waiting, done) = (0L, 0L);
        await Eventually.TrueAsync(
            async () =>
            {
                (waiting, done) = (await queues.CountAsync(source, trial.Stop), await queues.CountAsync(target, trial.Stop));
                return waiting + done == backlog && (waiting == 0 || !isDone);
            },
            () => $"{backlog} messages, {(isDone ? $"all in {target}" : $"in {source} and {target}")}; there are {waiting} and {done}. What was measured does not count.");
    }
}
