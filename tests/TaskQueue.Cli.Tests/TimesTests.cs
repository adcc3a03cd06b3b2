using System.Globalization;

namespace TaskQueue.Cli.Tests;

public sealed class TimesTests
{
    // Berlin: on 2027-03-28 clocks skip from 2 to 3, on 2027-10-31 they show 2 to 3 twice.
    private readonly Clock _time = new(new DateTimeOffset(2027, 1, 31, 12, 0, 0, TimeSpan.FromHours(1)), "Europe/Berlin");

    [Theory]
    [InlineData("2027-02-01T08:30", "2027-02-01T08:30:00+01:00")]
    [InlineData("2027-02-01 08:30", "2027-02-01T08:30:00+01:00")]
    [InlineData("2027-07-01T08:30:15", "2027-07-01T08:30:15+02:00")]
    [InlineData("2027-07-01T08:30:15.25", "2027-07-01T08:30:15.25+02:00")]
    [InlineData("2027-02-01T08:30Z", "2027-02-01T08:30:00Z")]
    [InlineData("2027-02-01T08:30:15.5Z", "2027-02-01T08:30:15.5Z")]
    [InlineData("2027-02-01T08:30+05:30", "2027-02-01T08:30:00+05:30")]
    [InlineData("2027-02-01 08:30:00-08:00", "2027-02-01T08:30:00-08:00")]
    [InlineData("2020-01-01T00:00", "2020-01-01T00:00:00+01:00")]
    [InlineData("12:01", "2027-01-31T12:01:00+01:00")]
    [InlineData("23:59:59", "2027-01-31T23:59:59+01:00")]
    [InlineData("11:59", "2027-02-01T11:59:00+01:00")]
    [InlineData("12:00", "2027-02-01T12:00:00+01:00")]
    [InlineData("2027-10-31T02:30", "2027-10-31T02:30:00+01:00")]
    public void Reads_a_date_with_its_time_or_the_next_time_of_a_clock(string text, string expected)
    {
        Assert.Equal(DateTimeOffset.Parse(expected, CultureInfo.InvariantCulture), Times.Parse(text, _time, out var problem));
        Assert.Null(problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("soon")]
    [InlineData("24:00")]
    [InlineData("8:30")]
    [InlineData("10m")]
    [InlineData("2027-02-30T08:30")]
    [InlineData("2027-02-01")]
    [InlineData("01/02/2027 08:30")]
    [InlineData("2027-02-01T08:30+25:00")]
    public void Takes_nothing_else(string text)
    {
        Assert.Null(Times.Parse(text, _time, out var problem));
        Assert.Contains("expected a time such as 18:30", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Takes_no_time_that_clocks_skip()
    {
        Assert.Null(Times.Parse("2027-03-28T02:30", _time, out var problem));
        Assert.Equal("there is no such time in Europe/Berlin on 2027-03-28, clocks skip it", problem);

        var dayBefore = new Clock(new DateTimeOffset(2027, 3, 27, 12, 0, 0, TimeSpan.FromHours(1)), "Europe/Berlin");
        Assert.Null(Times.Parse("02:30", dayBefore, out problem));
        Assert.NotNull(problem);

        var afterwards = new Clock(new DateTimeOffset(2027, 3, 28, 12, 0, 0, TimeSpan.FromHours(2)), "Europe/Berlin");
        Assert.Equal(new DateTimeOffset(2027, 3, 29, 2, 30, 0, TimeSpan.FromHours(2)), Times.Parse("02:30", afterwards, out _));
    }

    private sealed class Clock(DateTimeOffset now, string zone) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone { get; } = TimeZoneInfo.FindSystemTimeZoneById(zone);

        public override DateTimeOffset GetUtcNow() => now.ToUniversalTime();
    }
}
