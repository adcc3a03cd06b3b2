using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli;

/// <summary>Tables: with colours for people, columns of text for pipes.</summary>
internal static class Tables
{
    /// <summary>Writes a table in the form that suits who reads it.</summary>
    public static async Task WriteAsync(Surroundings surroundings, Table table)
    {
        if (surroundings.IsTerminal)
        {
            Terminal(surroundings).Write(Coloured(table));
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

    public static IRenderable Coloured(Table table)
    {
        var coloured = new Spectre.Console.Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        for (var column = 0; column < table.Headings.Count; column++)
        {
            var heading = new TableColumn(new Text(table.Headings[column]));
            coloured.AddColumn(table.Numbers.Contains(column) ? heading.RightAligned() : heading);
        }

        foreach (var row in table.Rows)
        {
            var style = row.Mood switch
            {
                Mood.Good => new Style(Color.Green),
                Mood.Bad => new Style(Color.Red),
                Mood.Doubtful => new Style(Color.Yellow),
                Mood.Asleep => new Style(Color.Grey),
                _ => Style.Plain,
            };
            coloured.AddRow(row.Cells.Select(cell => new Text(cell, style)));
        }

        return coloured;
    }

    /// <summary>A table.</summary>
    /// <param name="Headings">What stands above its columns.</param>
    /// <param name="Rows">Its rows.</param>
    /// <param name="Numbers">The columns that are numbers.</param>
    internal sealed record Table(IReadOnlyList<string> Headings, IReadOnlyList<Row> Rows, params int[] Numbers);

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
