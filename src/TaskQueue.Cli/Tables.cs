using Spectre.Console;
using Spectre.Console.Rendering;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli;

/// <summary>Tables: with colours for people, columns of text for pipes.</summary>
internal static class Tables
{
    /// <summary>What stands in a cell that has nothing to say.</summary>
    public const string Nothing = "-";

    // Between two columns of a frame, and on both sides of all: a line, with a space where there is a text.
    private const int FrameBetween = 3, FrameAround = 4;

    /// <summary>Writes a table in the form that suits who reads it.</summary>
    public static async Task WriteAsync(Surroundings surroundings, Table table)
    {
        if (surroundings.IsTerminal)
        {
            var terminal = Terminal(surroundings);
            terminal.Write(Coloured(table, terminal.Profile.Width));
        }
        else
        {
            await surroundings.Out.WriteAsync(Plain(table));
        }
    }

    public static IAnsiConsole Terminal(Surroundings surroundings) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(surroundings.Out) });

    public static string Plain(Table table) =>
        PlainText.Columns([[.. table.Headings.Select(heading => heading.ToUpperInvariant())], .. table.Rows.Select(row => row.Cells)], table.Numbers);

    /// <summary>A table with a frame, and its long texts below it. No cell is broken: what is too wide goes, or stands row by row.</summary>
    /// <param name="table">The table.</param>
    /// <param name="width">The cells of a line.</param>
    public static IRenderable Coloured(Table table, int width)
    {
        if (Fitting(table, width) is not { } columns)
        {
            return new Rows(table.Rows.Select(row => RowByRow(table, row)));
        }

        var coloured = new Spectre.Console.Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        foreach (var column in columns)
        {
            var heading = new TableColumn(new Text(table.Headings[column]));
            coloured.AddColumn((table.Numbers.Contains(column) ? heading.RightAligned() : heading).NoWrap());
        }

        foreach (var row in table.Rows)
        {
            var style = StyleOf(row.Mood);
            coloured.AddRow(columns.Select(column => new Text(row.Cells[column], style)));
        }

        return new Rows([coloured, .. Notes(table)]);
    }

    /// <summary>A row of a table that is too wide, as lines of headings and cells.</summary>
    private static Text RowByRow(Table table, Row row)
    {
        var width = table.Headings.Max(Cells.Width);
        return new Text(string.Concat(table.Headings.Zip(row.Cells, (heading, cell) => $"{Cells.Pad(heading, width)}  {cell}\n")), StyleOf(row.Mood));
    }

    /// <summary>The long texts of a table, each once, with those that it is about.</summary>
    private static IEnumerable<Text> Notes(Table table) => table.LongTexts is not { } column ? [] : table.Rows
        .Where(row => row.Cells[column] != Nothing)
        .GroupBy(row => row.Cells[column], StringComparer.Ordinal)
        .Select(same => new Text($"{string.Join(", ", same.Select(row => row.Cells[0]).Distinct(StringComparer.Ordinal))}: {same.Key}", StyleOf(same.First().Mood)));

    /// <summary>The columns that have room; none where all are needed, and have none.</summary>
    private static IReadOnlyList<int>? Fitting(Table table, int width)
    {
        var columns = Enumerable.Range(0, table.Headings.Count).Where(column => column != table.LongTexts).ToList();

        // What is framed is not cut: each column has its width, or goes.
        var widths = ColumnFit.Of(
            [.. columns.Select(column => (Value: table.Values?[column] ?? -column, Width: table.Rows.Select(row => row.Cells[column]).Append(table.Headings[column]).Max(Cells.Width)))
                .Select(column => new FitColumn(column.Value, column.Width, column.Width))],
            width - FrameAround,
            FrameBetween);
        return table.Values is null && widths.Contains(0) ? null : [.. columns.Where((_, index) => widths[index] > 0)];
    }

    /// <summary>How a mood looks.</summary>
    public static Style StyleOf(Mood mood) => mood switch
    {
        Mood.Good => new Style(Color.Green),
        Mood.Bad => new Style(Color.Red),
        Mood.Doubtful => new Style(Color.Yellow),
        Mood.Asleep => new Style(Color.Grey),
        _ => Style.Plain,
    };

    /// <summary>A table.</summary>
    /// <param name="Headings">What stands above its columns.</param>
    /// <param name="Rows">Its rows.</param>
    /// <param name="Numbers">The columns that are numbers.</param>
    internal sealed record Table(IReadOnlyList<string> Headings, IReadOnlyList<Row> Rows, params int[] Numbers)
    {
        /// <summary>What each column is worth, where not all of them have room. Without it all are needed; on a screen they are worth less from left to right.</summary>
        public IReadOnlyList<int>? Values { get; init; }

        /// <summary>The column of texts that are too long for a terminal's table, and stand below it.</summary>
        public int? LongTexts { get; init; }
    }

    /// <summary>A row.</summary>
    /// <param name="Cells">As many as there are headings.</param>
    /// <param name="Mood">How it looks.</param>
    internal sealed record Row(IReadOnlyList<string> Cells, Mood Mood = Mood.Plain);

    /// <summary>What the colour of a row says.</summary>
    internal enum Mood
    {
        Plain,
        Good,
        Doubtful,
        Bad,
        Asleep,
    }
}
