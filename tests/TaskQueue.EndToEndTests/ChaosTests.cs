using TaskQueue.Chaos.Fuzzing;
using TaskQueue.Chaos.Storms;

namespace TaskQueue.EndToEndTests;

/// <summary>A short run of what <c>chaos.sh</c> does for as long as one likes.</summary>
public sealed class ChaosTests
{
    [Fact]
    public async Task Nothing_is_lost_while_one_part_after_the_other_is_killed_or_cut_off()
    {
        using var output = new StringWriter();

        var report = await Storm.RunAsync(
            new StormOptions(Seed: 20, Duration: TimeSpan.FromSeconds(40)), output, TestContext.Current.CancellationToken);

        StormTables.Print(report, output);
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        Assert.Empty(report.Lost);
        Assert.Empty(report.Problems);
        Assert.Empty(report.Found);
        Assert.True(report.Done > 100, $"Only {report.Done} tasks were done.\n{output}");
    }

    [Fact]
    public async Task Hostile_messages_stop_nobody_hold_up_nobody_and_are_found_where_they_must_be()
    {
        using var output = new StringWriter();

        // Bodies whose memory takes minutes to come back are for chaos.sh.
        var options = new FuzzOptions(Seed: 20, Count: 3000) { Rare = 8, LargestBody = 4 * 1024 * 1024, Undisturbed = TimeSpan.FromSeconds(2) };
        var report = await Fuzz.RunAsync(options, output, TestContext.Current.CancellationToken);

        FuzzTables.Print(report, output);
        TestContext.Current.TestOutputHelper?.WriteLine(output.ToString());
        Assert.True(report.IsGood, output.ToString());
    }
}
