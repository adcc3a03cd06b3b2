using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Tests.Screen;

public sealed class TableScreenTests
{
    private static readonly ScreenPart[] Parts =
    [
        new(
            new Tables.Table(["Queue", "Ready", "Consumers"], [.. Enumerable.Range(0, 30).Select(number => new Tables.Row([$"worker_type{number:00}", $"{number}", "1"]))], 1, 2),
            ["warning: worker_type00: 3 tasks wait and no pool serves the worker type"]),
    ];

    [Theory]
    [InlineData(80, 24, "lines 1-23 of 32")]
    [InlineData(120, 40, "q quits")]
    [InlineData(20, 10, "lines 1-9 of 36")]
    public void What_is_watched_fits_the_window_and_says_what_is_below_it(int width, int height, string footer)
    {
        var screen = TableScreen.Render(TableScreen.Lines(Parts, width), "taskqueue status", offset: 0, width, height);

        Assert.Equal(height, screen.Count);
        Assert.All(screen, line => Assert.True(line.Width <= width, line.Text));
        Assert.StartsWith(" QUEUE", screen[0].Text, StringComparison.Ordinal);
        Assert.StartsWith(footer, screen[^1].Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData('j', 0, 1)]
    [InlineData('k', 0, 0)]
    [InlineData(' ', 0, 9)]
    [InlineData('G', 0, 22)]
    [InlineData('g', 22, 0)]
    [InlineData('x', 5, 5)]
    [InlineData('q', 5, null)]
    public void Keys_scroll_within_what_there_is(char key, int offset, int? expected) =>
        Assert.Equal(expected, TableScreen.Scroll(new ConsoleKeyInfo(key, ConsoleKey.NoName, shift: false, alt: false, control: false), offset, lines: 31, height: 10));
}
