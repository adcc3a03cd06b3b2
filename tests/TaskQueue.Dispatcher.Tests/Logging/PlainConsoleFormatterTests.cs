using TaskQueue.Hosting;

namespace TaskQueue.Dispatcher.Tests.Logging;

public sealed class PlainConsoleFormatterTests
{
    [Theory]
    [InlineData("plain text, even with ümläuts", "plain text, even with ümläuts")]
    [InlineData("x\n12:00:00.000 error forged", "x\n    12:00:00.000 error forged")]
    [InlineData("a\r\nb\tc", "a\n    b\tc")]
    [InlineData("\u001b[2Jgone\u0007", "?[2Jgone?")]
    public void Text_of_others_neither_begins_an_entry_nor_commands_a_terminal(string text, string expected)
    {
        Assert.Equal(expected, PlainConsoleFormatter.Tame(text));
    }
}
