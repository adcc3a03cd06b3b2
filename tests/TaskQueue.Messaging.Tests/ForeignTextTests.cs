namespace TaskQueue.Messaging.Tests;

public sealed class ForeignTextTests
{
    [Theory]
    [InlineData("plain, ä, 😀", "plain, ä, 😀")]
    [InlineData("two\r\nlines", "two  lines")]
    [InlineData("two\u2028lines\u2029", "two lines ")]
    [InlineData("\u001b[31mred", " [31mred")]
    [InlineData("gpj.\u202eexe", "gpj. exe")]
    [InlineData("\ufeffa\u200eb\u2066c\u061cd", " a b c d")]
    [InlineData("twelve characters", "twelve char…")]
    [InlineData("twelve cha😀acters", "twelve cha…")]
    public void A_line_neither_ends_early_nor_turns_nor_commands_a_terminal(string text, string line) => Assert.Equal(line, ForeignText.Line(text, 12));
}
