using TaskQueue.Configuration;

namespace TaskQueue.WorkerPool.Tests.HandOff;

/// <summary>Tasks of all lengths, crashes, pauses and replacements against the decisions of a feed; what must always hold is checked by <see cref="Simulation"/>.</summary>
public sealed class SimulationTests
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(1), Long = TimeSpan.FromSeconds(10);

    public static TheoryData<int> Seeds => [.. Enumerable.Range(1, 60)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Nothing_is_lost_run_twice_or_kept_waiting_whatever_happens(int seed)
    {
        var random = new Random(seed);
        var concurrency = random.Next(1, 4);
        var processes = random.Next(1, 6);
        var simulation = new Simulation(new WorkerGroupOptions { Concurrency = concurrency, Prefetch = random.Next(3) == 0 ? random.Next(1, 100) : null });
        for (var i = 0; i < processes; i++)
        {
            simulation.StartProcess();
        }

        var work = TimeSpan.Zero;
        var begins = TimeSpan.Zero;
        var sent = 0;
        for (var batch = 0; batch < 20; batch++)
        {
            begins += TimeSpan.FromMilliseconds(random.Next(500));
            var duration = random.Next(8) == 0 ? Long : Short * random.Next(1, 30);
            var count = duration == Long ? random.Next(1, 3) : random.Next(1, 100);
            work += duration * count;
            sent += count;
            simulation.After(begins, () =>
            {
                for (var i = 0; i < count; i++)
                {
                    simulation.Send(duration);
                }
            });
            var chosen = random.Next();
            switch (random.Next(6))
            {
                case 0:
                    simulation.After(begins + (Short * random.Next(200)), () => simulation.Crash(chosen));
                    work += Long * concurrency;
                    break;
                case 1:
                    simulation.After(begins + (Short * random.Next(200)), () => simulation.Replace(chosen));
                    break;
                case 2:
                    simulation.After(begins + (Short * random.Next(200)), () => simulation.Pause(Short * random.Next(1, 1000)));
                    break;
            }
        }

        simulation.Run(sent, atMost: TimeSpan.FromSeconds(60) + (2 * work / (processes * concurrency)) + (2 * Long));

        Assert.Equal(sent, simulation.Sent);
    }

    [Fact]
    public void Short_tasks_are_held_ahead_and_long_ones_are_not()
    {
        var options = new WorkerGroupOptions();
        Assert.InRange(MostHeld(Short, new Simulation(options)), 30, 200);
        Assert.InRange(MostHeld(Long, new Simulation(options)), 0, 2);
    }

    [Fact]
    public void Short_tasks_are_held_ahead_though_a_busy_host_hears_late_of_their_end()
    {
        Assert.InRange(MostHeld(Short, Busy()), 30, 200);
        Assert.InRange(MostHeld(Long, Busy()), 0, 2);

        static Simulation Busy() => new(new WorkerGroupOptions()) { PipeTime = TimeSpan.FromMilliseconds(20), Told = took => took };
    }

    private static int MostHeld(TimeSpan duration, Simulation simulation)
    {
        simulation.StartProcess();
        simulation.StartProcess();
        for (var i = 0; i < 300; i++)
        {
            simulation.Send(duration);
        }

        simulation.Run(300, atMost: TimeSpan.FromSeconds(10) + (duration * 300));
        return simulation.MostHeld;
    }
}
