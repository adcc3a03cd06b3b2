using TaskQueue.Cli.Control;

namespace TaskQueue.Cli.Tests.Control;

public sealed class ControlCommandsTests
{
    [Theory]
    [InlineData("alive", 1)]
    [InlineData("workers", 1)]
    [InlineData("running", 1)]
    [InlineData("pause echo", 1)]
    [InlineData("reload", 1)]
    [InlineData("alive --expect 1", 75)]
    public async Task Where_no_service_runs_the_answer_is_no_and_comes_at_once(string line, int exitCode)
    {
        var run = new CliRun();

        Assert.Equal(exitCode, await run.RunAsync([.. line.Split(' ')]));
        Assert.Equal("", run.Out);
        Assert.Contains("no service answered", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("scale echo many", "N \"many\": expected a number from 0 to 10000.")]
    [InlineData("scale echo 10001", "N \"10001\": expected a number from 0 to 10000.")]
    [InlineData("alive --expect 0", "--expect \"0\": expected a number from 1 to 2147483647.")]
    [InlineData("cancel x --keep 400d", "--keep \"400d\": expected 366d or less.")]
    [InlineData("running --watch --interval 1ms", "--interval \"1ms\": expected 100ms or more.")]
    [InlineData("running --watch --interval soon", "--interval \"soon\": expected a number with ms")]
    [InlineData("cancel x --keep long", "--keep \"long\": expected a number with ms")]
    [InlineData("top --interval 1ms", "--interval \"1ms\": expected 100ms or more.")]
    [InlineData("status --interval soon", "--interval \"soon\": expected a number with ms")]
    [InlineData("where x ..", "TYPE \"..\": expected")]
    public async Task What_is_out_of_range_is_refused(string line, string expected)
    {
        var run = new CliRun();

        Assert.Equal(64, await run.RunAsync([.. line.Split(' ')]));
        Assert.Contains(expected, run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void What_services_have_done_is_a_sentence_for_each_that_has_to_do_with_it() => Assert.Equal(
        "web3: paused; 1 task still runs\nweb4: does not serve resize",
        SteerCommands.Sentences("""
            {"answered":4,"services":[
            {"kind":"dispatcher","host":"web1","done":false,"text":"serves no workers"},
            {"kind":"workerpool","host":"web3","done":true,"text":"paused; 1 task still runs"},
            {"kind":"workerpool","host":"web4","done":false,"text":"does not serve resize"},
            {"kind":"workerpool","host":"web5","done":false,"text":null,"error":"refused"}]}
            """));

    [Fact]
    public async Task A_log_level_is_one_of_those_that_there_are() => Assert.Equal(64, await new CliRun().RunAsync("log-level", "loud"));

    [Theory]
    [InlineData(0, "0.0s")]
    [InlineData(9_999, "9.9s")]
    [InlineData(10_000, "10s")]
    [InlineData(250_000, "4m 10s")]
    [InlineData(11_100_000, "3h 5m")]
    [InlineData(187_200_000, "2d 4h")]
    [InlineData(-5, "0.0s")]
    public void Ages_are_short(long milliseconds, string text) => Assert.Equal(text, Ages.Text(milliseconds));
}
