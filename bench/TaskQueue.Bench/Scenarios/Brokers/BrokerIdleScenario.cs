using System.Diagnostics;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Running;
using TaskQueue.Testing;

namespace TaskQueue.Bench.Scenarios.Brokers;

internal sealed class BrokerIdleScenario() : Scenario("broker-idle", "Processor time and proportional set size of a broker that a dispatcher and a pool of two processes are connected to and that has nothing to do")
{
    private const double Mebibyte = 1024 * 1024, Percent = 100;

    private static readonly Metric Processor = new("% of a core", 2), Size = new("MiB", 1);

    private static readonly TimeSpan Settled = TimeSpan.FromSeconds(15), Watched = TimeSpan.FromSeconds(20);

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("RabbitMQ", MeasureAsync),
        new("embedded", async trial => await MeasureAsync(await trial.OnEmbeddedAsync())),
    ];

    public override Comparison Comparison { get; } = Comparison.Ratio(Size, "MiB of RabbitMQ");

    private static async Task<Measurement> MeasureAsync(Trial trial)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        var services = new Services(trial, queues, new PoolSize(2));
        await using var dispatcher = await services.Dispatcher.StartAsync();
        await using var pool = await services.Pool.StartAsync();

        // What was done before is cleared away meanwhile.
        await Task.Delay(Settled, TimeProvider.System, trial.Stop);
        var cpu = new CpuMeter(trial.Bench.Server.Pid);
        var (began, before) = (Stopwatch.GetTimestamp(), cpu.Read());
        await Task.Delay(Watched, TimeProvider.System, trial.Stop);
        var share = (cpu.Read() - before) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        return new Measurement(0, [(Processor, Percent * share), (Size, ProcessFacts.ProportionalBytes(trial.Bench.Server.Pid) / Mebibyte)]);
    }
}
