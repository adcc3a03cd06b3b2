using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Tests;

public sealed class TablesTests
{
    private static readonly Tables.Table Workers = new(
        ["Worker", "Host", "State", "Problem"],
        [
            new Tables.Row(["poem#1", "web3", "waiting", "lines = \"0\": expected a whole number from 1"], Tables.Mood.Bad),
            new Tables.Row(["poem#2", "web3", "waiting", "lines = \"0\": expected a whole number from 1"], Tables.Mood.Bad),
            new Tables.Row(["echo#1", "web3", "idle", "-"]),
        ])
    {
        Values = [4, 2, 3, 1],
        LongTexts = 3,
    };

    [Theory]
    [InlineData(80, "│ Worker │ Host │ State   │")]
    [InlineData(27, "│ Worker │ Host │ State   │")]
    [InlineData(26, "│ Worker │ State   │")]
    [InlineData(10, "│ Worker │")]
    public void On_a_terminal_columns_that_are_worth_least_make_room_for_the_others(int width, string headings) =>
        Assert.Contains(headings, Text(Tables.Coloured(Workers, width)));

    [Fact]
    public void Long_texts_stand_below_it_each_once() =>
        Assert.Equal("poem#1, poem#2: lines = \"0\": expected a whole number from 1", Assert.Single(Text(Tables.Coloured(Workers, 80)), line => line.Contains("lines", StringComparison.Ordinal)));

    [Theory]
    [InlineData(42, "│ Task         │ By         │ At         │")]
    [InlineData(41, "Task  0197-aaaa-bb")]
    public void Where_all_columns_are_needed_a_table_that_is_too_wide_stands_row_by_row(int width, string expected) =>
        Assert.Contains(expected, Text(Tables.Coloured(new Tables.Table(["Task", "By", "At"], [new Tables.Row(["0197-aaaa-bb", "operator@w", "2027-01-31"])]), width)));

    [Fact]
    public void In_a_pipe_everything_is_in_its_line() =>
        Assert.Contains("poem#2  web3  waiting  lines = \"0\": expected a whole number from 1\n", Tables.Plain(Workers), StringComparison.Ordinal);

    private static string[] Text(IRenderable table)
    {
        using var output = new StringWriter();
        var console = Spectre.Console.AnsiConsole.Create(new Spectre.Console.AnsiConsoleSettings { Out = new Spectre.Console.AnsiConsoleOutput(output), Ansi = Spectre.Console.AnsiSupport.No });
        console.Profile.Width = 200;
        console.Write(table);
        return [.. output.ToString().Split('\n').Select(line => line.TrimEnd())];
    }
}
