using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Tests.Screen;

public sealed class ColumnFitTests
{
    // Value, natural width, least width.
    private static readonly FitColumn[] Columns = [new(10, 32, 8), new(1, 6, 6), new(5, 20, 10)];

    [Theory]
    [InlineData(80, 32, 6, 20)]
    [InlineData(62, 32, 6, 20)]
    [InlineData(50, 20, 6, 20)]
    [InlineData(28, 8, 6, 10)]
    [InlineData(27, 12, 0, 13)]
    [InlineData(20, 8, 0, 10)]
    [InlineData(19, 19, 0, 0)]
    [InlineData(5, 5, 0, 0)]
    [InlineData(0, 0, 0, 0)]
    public void Columns_shrink_to_what_makes_sense_and_then_the_least_valuable_go(int width, params int[] expected) =>
        Assert.Equal(expected, ColumnFit.Of(Columns, width));

    [Fact]
    public void No_width_is_exceeded()
    {
        for (var width = 0; width < 100; width++)
        {
            var widths = ColumnFit.Of(Columns, width).Where(column => column > 0).ToList();
            Assert.True(widths.Sum() + (ColumnFit.Gap * Math.Max(0, widths.Count - 1)) <= width, $"{width}: {string.Join(", ", widths)}");
        }
    }
}
