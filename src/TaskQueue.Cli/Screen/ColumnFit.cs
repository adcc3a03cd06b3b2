namespace TaskQueue.Cli.Screen;

/// <summary>Fits the columns of a table into a width: those of least value go first.</summary>
internal static class ColumnFit
{
    /// <summary>The cells between two columns.</summary>
    public const int Gap = 2;

    /// <summary>Decides how wide each column is.</summary>
    /// <param name="columns">The columns, from left to right.</param>
    /// <param name="width">The cells that there are.</param>
    /// <param name="gap">The cells between two columns.</param>
    /// <returns>The width of each; 0 where there is no room for it. The most valuable one is always there.</returns>
    public static IReadOnlyList<int> Of(IReadOnlyList<FitColumn> columns, int width, int gap = Gap)
    {
        var byValue = Enumerable.Range(0, columns.Count).OrderByDescending(column => columns[column].Value).ToList();
        var shown = byValue.Count;
        while (shown > 1 && byValue.Take(shown).Sum(column => columns[column].Least) + (gap * (shown - 1)) > width)
        {
            shown--;
        }

        var widths = new int[columns.Count];
        var left = width - (gap * (shown - 1));
        foreach (var column in byValue.Take(shown))
        {
            widths[column] = shown == 1 ? Math.Max(0, Math.Min(width, columns[column].Least)) : columns[column].Least;
            left -= widths[column];
        }

        // What is left over is shared by those that have more in them, cell by cell: a long id must not take it all.
        var wanting = byValue.Take(shown).ToList();
        while (left > 0 && wanting.Count > 0)
        {
            wanting.RemoveAll(column => widths[column] >= columns[column].Natural);
            foreach (var column in wanting.Take(left))
            {
                widths[column]++;
            }

            left -= Math.Min(left, wanting.Count);
        }

        return widths;
    }
}

/// <summary>A column that wants room.</summary>
/// <param name="Value">What it is worth; the least goes first.</param>
/// <param name="Natural">The cells that what is in it takes.</param>
/// <param name="Least">With how many it still makes sense.</param>
internal sealed record FitColumn(int Value, int Natural, int Least);
