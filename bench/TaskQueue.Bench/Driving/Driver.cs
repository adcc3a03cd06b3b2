using System.Diagnostics;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Messaging;

namespace TaskQueue.Bench.Driving;

/// <summary>Publishes tasks and, unless that is all, counts their results.</summary>
internal sealed class Driver(DriveOptions options, CancellationToken stop) : IAsyncDisposable
{
    private const int LatencyWarmUp = 300;

    // So far apart that each finds the system idle.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(10), Late = TimeSpan.FromMilliseconds(200);

    private readonly List<IAsyncDisposable> _running = [];
    private readonly CpuMeter _cpu = new([Environment.ProcessId, .. options.Services]), _brokerCpu = new(options.Broker);
    private ISender _sender = null!;
    private RawCounter? _counter;
    private long _sent;

    public static async Task<DriveReport> RunAsync(DriveOptions options, CancellationToken stop)
    {
        await using var driver = new Driver(options, stop);
        await driver.ConnectAsync();
        return options.Mode == DriveMode.Latency ? await driver.OneAtATimeAsync() : await driver.ManyAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var part in _running)
        {
            await part.DisposeAsync();
        }
    }

    private async Task ConnectAsync()
    {
        var queues = new QueueNames(options.Prefix);
        var (first, second, last) = (queues.TaskQueue, queues.Worker(TaskText.WorkerType), queues.Results("results"));
        if (options.Mode != DriveMode.Publish)
        {
            _counter = Keep(await RawCounter.StartAsync(options.Port, last, stop));
            if (options.IsRaw)
            {
                Keep(await RawForwarder.StartAsync(options.Port, first, second, stop));
                Keep(await RawForwarder.StartAsync(options.Port, second, last, stop));
            }
        }

        var broker = new BrokerOptions { Hosts = [new BrokerHost("127.0.0.1", options.Port)], QueuePrefix = options.Prefix, QueueType = options.QueueType };
        _sender = Keep<ISender>(options.IsRaw
            ? await RawSender.ConnectAsync(options.Port, first, RawMessage.Task(TaskText.Body(options.BodyBytes)), options.Window, stop)
            : await ClientSender.ConnectAsync(broker, TaskText.WorkerType, TaskText.Argument(options.BodyBytes), options.Window, stop));
    }

    private async Task<DriveReport> ManyAsync()
    {
        // Large bodies are counted in dozens.
        var sizes = options.BodyBytes > TaskText.UsualBytes ? (4, 400) : (2000, 400_000);
        var messages = await options.Amount.WarmUpAsync(TimedPassAsync, sizes, stop);

        var (start, cpu, brokerCpu) = (Stopwatch.GetTimestamp(), _cpu.Read(), _brokerCpu.Read());
        var end = await PassAsync(messages);
        var window = new Window(messages, Stopwatch.GetElapsedTime(start, end).TotalSeconds, _cpu.Read() - cpu, _brokerCpu.Read() - brokerCpu);
        return new DriveReport(await CheckAsync(), window, []);
    }

    private async Task<DriveReport> OneAtATimeAsync()
    {
        var messages = options.Amount.Messages ?? throw new InvalidOperationException("Latency is measured over a number of messages.");
        for (var number = 0; number < LatencyWarmUp; number++)
        {
            await OneAsync();
        }

        var milliseconds = new List<double>((int)messages);
        var (start, cpu, brokerCpu) = (Stopwatch.GetTimestamp(), _cpu.Read(), _brokerCpu.Read());
        while (milliseconds.Count < messages)
        {
            milliseconds.Add((await OneAsync()).TotalMilliseconds);
        }

        var window = new Window(messages, Stopwatch.GetElapsedTime(start).TotalSeconds, _cpu.Read() - cpu, _brokerCpu.Read() - brokerCpu);
        return new DriveReport(await CheckAsync(), window, milliseconds);
    }

    /// <summary>Sends so many, and waits for what becomes of them.</summary>
    /// <returns>When the last came, or was confirmed.</returns>
    private async Task<long> PassAsync(long count)
    {
        _sent += count;
        var last = _counter?.More(count);
        await _sender.SendAsync(count, stop);
        return last is null ? Stopwatch.GetTimestamp() : await last.WaitAsync(stop);
    }

    private async Task<TimeSpan> TimedPassAsync(long count)
    {
        var start = Stopwatch.GetTimestamp();
        return Stopwatch.GetElapsedTime(start, await PassAsync(count));
    }

    private async Task<TimeSpan> OneAsync()
    {
        await Task.Delay(Apart, TimeProvider.System, stop);
        return await TimedPassAsync(1);
    }

    private async Task<long> CheckAsync()
    {
        if (_counter is not null)
        {
            // Time for one that there should not be.
            await Task.Delay(Late, TimeProvider.System, stop);
            if (_counter.Count != _sent)
            {
                throw new InvalidOperationException($"{_sent} tasks were sent, and {_counter.Count} results came.");
            }
        }

        return _sent;
    }

    private T Keep<T>(T part)
        where T : IAsyncDisposable
    {
        _running.Add(part);
        return part;
    }
}
