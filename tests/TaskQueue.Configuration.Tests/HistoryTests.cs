namespace TaskQueue.Configuration.Tests;

/// <summary>The section <c>[history]</c>, and what sections of workers say of it.</summary>
public sealed class HistoryTests
{
    [Theory]
    [InlineData("keep = 1s", "keep", "expected a duration from 1m")]
    [InlineData("max_size = 1M", "max_size", "expected a size from 16M")]
    [InlineData("rate = -1", "rate", "expected a number from 0")]
    [InlineData("enabled = perhaps", "enabled", "expected yes or no")]
    [InlineData("path = /x", "path", "there is no such key")]
    public void What_cannot_be_is_named(string lines, string key, string problem)
    {
        var problems = Refused.Problems($"[history]\n{lines}\n");

        Assert.Contains(problems, text => text.Contains($"[history] {key}", StringComparison.Ordinal) && text.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void What_is_shown_can_be_read_again()
    {
        var configuration = Given.Parse("[history]\nenabled = no\nkeep = 90d\nmax_size = 20G\nrate = 0\ndata_dir = /srv/history\n[resize]\nhistory_bodies = yes\nhistory_mask = pin, iban\n");

        var again = Given.Parse(ConfigurationText.Render(configuration));

        Assert.Equal(configuration.History, again.History);
        Assert.Equal((true, "pin, iban"), (again.ForType("resize").Groups[0].HistoryBodies, string.Join(", ", again.ForType("resize").Groups[0].HistoryMask)));
    }

    [Fact]
    public void The_database_is_beside_that_of_the_API_unless_it_is_said_where() => Assert.Equal(
        ("/a", "/b"), (Given.Parse("[web]\ndata_dir = /a\n").HistoryDir, Given.Parse("[web]\ndata_dir = /a\n[history]\ndata_dir = /b\n").HistoryDir));
}
