using System.Globalization;

namespace TaskQueue.Broker.Tests.Service;

/// <summary>The real executable, killed under load and started again.</summary>
public sealed class BrokerKillTests(ITestOutputHelper output)
{
    // A start of a process each.
    private const int UsualKills = 12;

    private const string Queue = "q";

    private static CancellationToken TestEnds => TestContext.Current.CancellationToken;

    /// <summary>TASKQUEUE_BROKER_KILLS=1000 kills more often.</summary>
    [Fact]
    public async Task After_kill_9_under_load_all_that_was_confirmed_is_there_once_and_in_order_and_nothing_that_was_settled()
    {
        using var folder = new BrokerFolder();
        var kills = Environment.GetEnvironmentVariable("TASKQUEUE_BROKER_KILLS") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : UsualKills;
        var random = new Random(1);
        var ledger = new KillLedger();
        for (var kill = 0; kill < kills; kill++)
        {
            await using var broker = await folder.StartAsync();
            await using var connection = await folder.ConnectAsync(broker, TestEnds);
            await using var load = await KillLoad.StartAsync(connection, Queue, ledger, consumes: kill % 3 != 0, TestEnds);
            await load.ConfirmedAsync(random.Next(1, 3000));
            await Task.Delay(TimeSpan.FromMicroseconds(random.Next(20_000)), TimeProvider.System, TestEnds);
            broker.KillHard();
            await broker.ExitAsync();
        }

        await using var last = await folder.StartAsync();
        var left = await Leftovers.TakeAsync(folder, last, Queue, TestEnds);
        output.WriteLine($"{kills} kills: {ledger.Summary}, {left.Count} left");
        Assert.Empty(ledger.CameBack);
        Assert.Empty(left.Intersect(ledger.Settled));
        Assert.Empty(ledger.Confirmed.Except(ledger.Acknowledged).Except(left));
        Assert.Equal(left.Distinct().Order(), left);
        Assert.NotEmpty(ledger.Settled);
        Assert.Equal(0, await last.StopAsync());
    }
}
