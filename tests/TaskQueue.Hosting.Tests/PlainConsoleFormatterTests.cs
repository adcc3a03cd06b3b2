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

    [Theory]
    [InlineData("plain text, even with ümläuts", "plain text, even with ümläuts")]
    [InlineData("x\n12:00:00.000 error forged", "x\n    12:00:00.000 error forged")]
    [InlineData("a\r\nb\tc", "a\n    b\tc")]
    [InlineData("\u001b[2Jgone\u0007", "?[2Jgone?")]
    [InlineData("x\u2028forged \u202edesrever", "x?forged ?desrever")]
    public void Text_of_others_neither_begins_an_entry_nor_commands_a_terminal(string text, string expected) =>
        Assert.Equal(expected, PlainConsoleFormatter.Tame(text));
}
