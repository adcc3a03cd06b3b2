using Spectre.Console;
using Spectre.Console.Rendering;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Top;

/// <summary>All that is known of one row, whole where the view has room for its beginning only.</summary>
internal static class TopDetails
{
    private const int LabelWidth = 10, MostRows = 100, TypeColumnOfTasks = 1, TypeColumnOfFailures = 2;

    /// <summary>The lines.</summary>
    public static IReadOnlyList<ScreenLine> Lines(TopState state)
    {
        var pane = TopPane.Of(state.Pane);
        if (state.DetailRow is not { } row)
        {
            return [new ScreenLine("It is not there any more.", new Style(Color.Grey))];
        }

        var lines = new List<ScreenLine>();
        foreach (var (column, cell) in pane.Columns.Zip(row.Cells))
        {
            lines.AddRange(Labelled(column.Title, cell.Text, state.Width, column == pane.Columns[0] ? new Style(decoration: Decoration.Bold) : Tables.StyleOf(row.Mood)));
        }

        if (state.Pane == PaneId.Types)
        {
            foreach (var (host, problem) in state.Data.Problems.Where(problem => problem.Problem.WorkerType == row.Key))
            {
                lines.AddRange(Labelled("PROBLEM", $"{PlainText.Line(host, 128)}: {PlainText.Line(problem.ToString(), 700)}", state.Width, Tables.StyleOf(Tables.Mood.Bad)));
            }

            lines.AddRange(Table(state, PaneId.Tasks, task => task.Cells[TypeColumnOfTasks].Text == row.Key));
            lines.AddRange(Table(state, PaneId.Failures, failure => failure.Cells[TypeColumnOfFailures].Text == row.Key));
        }

        return lines;
    }

    private static IEnumerable<ScreenLine> Labelled(string label, string text, int width, Style style)
    {
        var room = width - LabelWidth;
        var isNarrow = room < LabelWidth * 2;
        var first = true;
        foreach (var line in Cells.Wrap(text, isNarrow ? width : room))
        {
            yield return isNarrow
                ? new ScreenLine(first ? $"{label} {line}" : line, style)
                : new ScreenLine([new Segment(Cells.Pad(first ? label : "", LabelWidth), new Style(Color.Grey)), new Segment(line, style)]);
            first = false;
        }
    }

    private static IEnumerable<ScreenLine> Table(TopState state, PaneId of, Func<TopRow, bool> isShown)
    {
        var rows = state.Data[of].Where(isShown).Take(MostRows).Select(row => row.ToTableRow()).ToList();
        return rows.Count == 0 ? [] : [ScreenLine.Empty, .. ScreenGrid.Lines(TopPane.Of(of).Columns, rows, rows, state.Width)];
    }
}
