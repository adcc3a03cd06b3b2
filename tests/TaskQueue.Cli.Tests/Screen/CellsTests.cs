using Spectre.Console.Rendering;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Tests.Screen;

public sealed class CellsTests
{
    [Theory]
    [InlineData("echo", 10, "echo")]
    [InlineData("echo", 4, "echo")]
    [InlineData("resize", 4, "res…")]
    [InlineData("resize", 1, "…")]
    [InlineData("resize", 0, "")]
    [InlineData("画像処理", 5, "画像…")]
    public void A_text_is_cut_to_its_cells(string text, int width, string expected) => Assert.Equal(expected, Cells.Fit(text, width));

    [Theory]
    [InlineData("lines = \"0\": expected a whole number", 16, "lines = \"0\":|expected a whole|number")]
    [InlineData("/usr/lib/taskqueue/plugins/poem.dll is gone", 20, "/usr/lib/taskqueue/p|lugins/poem.dll is|gone")]
    [InlineData("画像", 1, "画|像")]
    [InlineData("", 5, "")]
    public void A_text_is_broken_between_words_where_there_are_any(string text, int width, string expected) =>
        Assert.Equal(expected.Split('|'), Cells.Wrap(text, width));

    [Theory]
    [InlineData(11, "one two six")]
    [InlineData(9, "one two …")]
    [InlineData(4, "one…")]
    [InlineData(3, "on…")]
    [InlineData(0, "")]
    public void A_line_of_several_texts_ends_in_an_ellipsis_where_it_has_no_room(int width, string expected) =>
        Assert.Equal(expected, new ScreenLine([new Segment("one "), new Segment("two "), new Segment("six")]).Within(width).Text);
}
