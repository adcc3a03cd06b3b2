using System.Globalization;

namespace TaskQueue.Hosting.Tests;

public sealed class PlainConsoleFormatterTests
{
    private static readonly DateTimeOffset Evening = new(2027, 1, 31, 18, 30, 5, 120, TimeSpan.FromHours(1));

    [Theory]
    [InlineData(true, "18:30:05.120 ")]
    [InlineData(false, "2027-01-31 18:30:05.120+01:00 ")]
    public void Times_have_their_date_where_nobody_sees_them_come(bool isTerminal, string text) =>
        Assert.Equal(text, Evening.ToString(PlainConsoleFormatter.TimeFormOf(isTerminal), CultureInfo.InvariantCulture));
}
