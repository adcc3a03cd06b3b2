using FsCheck;
using FsCheck.Fluent;
using TaskQueue.Cli.Audit;

namespace TaskQueue.Cli.Tests.Audit;

public sealed class BalanceTests
{
    private const int Histories = 500;

    private static readonly Gen<int[]> Steps = Gen.Choose(0, 7 * 12).ArrayOf();

    [Fact]
    public void Any_history_balances_exactly_when_nothing_moves_while_it_is_looked_at() => ForAll((before, during, _) =>
    {
        var system = After(before);
        Settle(system);
        var opening = system.Look();
        Run(system, during);
        Settle(system);

        var report = AuditReport.Of(opening, system.Look(), TimeSpan.Zero);

        Assert.Equal(Verdict.Balanced, report.Verdict);
        Assert.All(report.Balances.Where(balance => !balance.Account.IsOpen), balance => Assert.Equal(new Bounds(0, 0), balance.Missing));
        Assert.EndsWith("balanced: difference 0, exactly\n", report.ToText(), StringComparison.Ordinal);
    });

    [Fact]
    public void Any_history_balances_within_its_bounds_when_it_goes_on_while_it_is_looked_at() => ForAll((before, during, between) =>
    {
        var system = After(before);
        var opening = system.Look(Share(between));
        Run(system, during);

        Assert.Equal(Verdict.Balanced, AuditReport.Of(opening, system.Look(Share(between.Reverse())), TimeSpan.Zero).Verdict);
    });

    [Fact]
    public void What_nobody_counts_is_always_within_the_bounds() => ForAll((before, during, between) =>
    {
        var system = After(before);
        var opening = system.Look(Share(between));
        Run(system, during);
        var added = system.Change(ModelSystem.Echo, (before.Length % 5) - 2);
        Run(system, between);

        var echo = AuditReport.Of(opening, system.Look(Share(during)), TimeSpan.Zero).Balances.Single(balance => balance.Account.Name == ModelSystem.Echo);

        Assert.InRange(-added, echo.Missing.Least, echo.Missing.Most);
    });

    [Fact]
    public void One_lost_message_shows() => ForAll((before, during, _) =>
    {
        var system = After(before);
        Settle(system);
        system.Step(0);
        Run(system, [7, 5, 6, 6]);
        system.Change(ModelSystem.Echo, 1);
        var opening = system.Look();
        Run(system, during);
        Settle(system);
        if (system.Change(ModelSystem.Echo, -1) == 0)
        {
            return;
        }

        var report = AuditReport.Of(opening, system.Look(), TimeSpan.Zero);

        Assert.Equal(Verdict.Difference, report.Verdict);
        Assert.Equal(new Bounds(1, 1), report.Balances.Single(balance => balance.Account.Name == ModelSystem.Echo).Missing);
        Assert.StartsWith("worker_echo: 1 message came in and is gone: purged", Assert.Single(report.Problems), StringComparison.Ordinal);
    });

    private static ModelSystem After(int[] steps)
    {
        var system = new ModelSystem();
        system.ListQueues();
        Run(system, steps);
        return system;
    }

    private static void Run(ModelSystem system, IEnumerable<int> steps)
    {
        foreach (var step in steps)
        {
            system.Step(step);
        }
    }

    /// <summary>Confirms all that is published, and ends or returns all that is held.</summary>
    private static void Settle(ModelSystem system)
    {
        for (var i = 0; system.IsBusy; i++)
        {
            Run(system, [(7 * i) + 6, (7 * i) + 3]);
        }
    }

    private static Func<IEnumerable<int>> Share(IEnumerable<int> steps)
    {
        var left = new Queue<int>(steps);
        return () =>
        {
            var some = new List<int>();
            while (some.Count < 3 && left.TryDequeue(out var step))
            {
                some.Add(step);
            }

            return some;
        };
    }

    private static void ForAll(Action<int[], int[], int[]> holds) => Check.One(
        Config.QuickThrowOnFailure.WithMaxTest(Histories).WithQuietOnSuccess(true),
        Prop.ForAll(Steps.ToArbitrary(), Steps.ToArbitrary(), Steps.ToArbitrary(), holds));
}
