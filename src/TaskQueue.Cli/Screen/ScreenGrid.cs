using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Screen;

/// <summary>A table as lines of a screen, one for each row.</summary>
internal static class ScreenGrid
{
    private static readonly Style Heading = new(decoration: Decoration.Invert | Decoration.Bold), Selected = new(decoration: Decoration.Invert);

    /// <summary>Lays a table out.</summary>
    /// <param name="columns">Its columns.</param>
    /// <param name="rows">The rows that are on the screen.</param>
    /// <param name="all">All rows, which decide how wide the columns are: scrolling must not change that.</param>
    /// <param name="width">The cells that there are.</param>
    /// <param name="selected">The row that is marked, among those on the screen; none where it is negative.</param>
    /// <returns>The heading, and a line for each of the rows.</returns>
    public static IReadOnlyList<ScreenLine> Lines(
        IReadOnlyList<GridColumn> columns, IReadOnlyList<Tables.Row> rows, IReadOnlyList<Tables.Row> all, int width, int selected = -1)
    {
        var natural = columns.Select((column, index) => all.Select(row => Cells.Width(row.Cells[index])).Append(Cells.Width(column.Title)).Max()).ToList();
        var widths = ColumnFit.Of(
            [.. columns.Select((column, index) => new FitColumn(column.Value, natural[index], Math.Min(natural[index], Math.Max(column.Least, Math.Min(natural[index], Cells.Width(column.Title))))))],
            width - 1);
        return
        [
            Line(columns, [.. columns.Select(column => column.Title)], widths, " ", Heading).Over(width, Heading),
            .. rows.Select((row, index) => index == selected
                ? Line(columns, row.Cells, widths, ">", Selected.Combine(Tables.StyleOf(row.Mood))).Over(width, Selected)
                : Line(columns, row.Cells, widths, " ", Tables.StyleOf(row.Mood)).Within(width)),
        ];
    }

    private static ScreenLine Line(IReadOnlyList<GridColumn> columns, IReadOnlyList<string> cells, IReadOnlyList<int> widths, string mark, Style style)
    {
        var shown = Enumerable.Range(0, columns.Count).Where(column => widths[column] > 0).Select(column => Cells.Pad(cells[column], widths[column], columns[column].IsNumber));
        return new ScreenLine([new Segment((mark + string.Join(new string(' ', ColumnFit.Gap), shown)).TrimEnd(), style)]);
    }
}

/// <summary>A column of a table on a screen.</summary>
/// <param name="Title">What stands above it.</param>
/// <param name="Value">What it is worth; the least goes first where there is no room.</param>
/// <param name="Least">The cells with which it still makes sense; its content takes more or fewer.</param>
/// <param name="IsNumber">Whether it stands to the right.</param>
internal sealed record GridColumn(string Title, int Value, int Least = int.MaxValue, bool IsNumber = false);
