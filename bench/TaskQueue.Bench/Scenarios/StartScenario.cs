using System.Diagnostics;
using TaskQueue.Bench.Driving;
using TaskQueue.Bench.Measuring;
using TaskQueue.Bench.Raw;
using TaskQueue.Bench.Running;

namespace TaskQueue.Bench.Scenarios;

internal sealed class StartScenario() : Scenario("start", "From starting the pool until all its workers are ready, and until the first task is done")
{
    private static readonly Metric Ready = new("all ready s", 2), FirstTask = new("first done s", 2);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(2);

    public override IReadOnlyList<Subject> Subjects { get; } =
    [
        new("raw forward", trial => MeasureAsync(trial, (queues, _) => RawHop.Launch(trial, queues.Work, queues.Results), processes: 0)),
        .. ((int[])[1, 10, 100]).Select(processes => new Subject(
            new PoolSize(processes).ToString(), trial => MeasureAsync(trial, (_, services) => services.Pool, processes))),
    ];

    public override Comparison Comparison { get; } = Comparison.Difference(FirstTask, "first above raw");

    private static async Task<Measurement> MeasureAsync(Trial trial, Func<QueueSet, Services, Launch> program, int processes)
    {
        await using var queues = await trial.DeclareQueuesAsync();
        await using var sender = await RawSender.ConnectAsync(trial.Bench.Server.Port, queues.Work, RawMessage.Task(TaskText.Body()), 1, trial.Stop);
        await sender.SendAsync(1, trial.Stop);
        var launch = program(queues, new Services(trial, queues, new PoolSize(processes)));

        var start = Stopwatch.GetTimestamp();
        await using var service = await launch.SpawnAsync();
        var ready = ReadyAsync();
        while (await queues.CountAsync(queues.Results, trial.Stop) == 0)
        {
            if (service.HasExited)
            {
                throw new InvalidOperationException($"{launch.Executable} ended:\n{service.Log}");
            }

            await Task.Delay(Interval, TimeProvider.System, trial.Stop);
        }

        var first = Stopwatch.GetElapsedTime(start);
        return new Measurement(1, [(Ready, (await ready).TotalSeconds), (FirstTask, first.TotalSeconds)]);

        async Task<TimeSpan> ReadyAsync()
        {
            await launch.WhenReadyAsync(service);
            return Stopwatch.GetElapsedTime(start);
        }
    }
}
