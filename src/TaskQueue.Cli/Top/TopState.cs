using System.Collections.Immutable;

namespace TaskQueue.Cli.Top;

/// <summary>All that the screen of <c>top</c> shows, and how. Immutable: a key, a look, another size make another one.</summary>
internal sealed record TopState
{
    /// <summary>The latest look.</summary>
    public TopData Data { get; init; } = TopData.None;

    /// <summary>The cells of a line.</summary>
    public int Width { get; init; } = 80;

    /// <summary>The lines of the screen.</summary>
    public int Height { get; init; } = 24;

    /// <summary>Which view.</summary>
    public PaneId Pane { get; init; }

    /// <summary>How each view is looked at, where that is not as at first.</summary>
    public ImmutableDictionary<PaneId, PaneState> Panes { get; init; } = ImmutableDictionary<PaneId, PaneState>.Empty;

    /// <summary>What keys are for at the moment.</summary>
    public TopMode Mode { get; init; }

    /// <summary>Only rows that have this in one of their cells.</summary>
    public string Filter { get; init; } = "";

    /// <summary>The key of the row whose details are shown.</summary>
    public string? Detail { get; init; }

    /// <summary>How many lines of details or help are above the screen.</summary>
    public int DetailOffset { get; init; }

    /// <summary>What is about to be done, when it is confirmed.</summary>
    public TopAction? Pending { get; init; }

    /// <summary>What came of the latest action.</summary>
    public string Message { get; init; } = "";

    /// <summary>How the view is looked at.</summary>
    public PaneState View => Panes.GetValueOrDefault(Pane) ?? PaneState.First(TopPane.Of(Pane));

    /// <summary>The rows of the view, filtered and sorted.</summary>
    public IReadOnlyList<TopRow> Rows
    {
        get
        {
            var rows = Data[Pane].Where(row => Filter.Length == 0 || row.Cells.Any(cell => cell.Text.Contains(Filter, StringComparison.OrdinalIgnoreCase)));
            var (sort, descending) = (View.Sort, View.Descending);
            if (sort < 0)
            {
                return [.. rows];
            }

            // Stable, so that rows that are equal stay where they are.
            var order = Comparer<TopRow>.Create((one, other) => TopCell.Compare(one.Cells[sort], other.Cells[sort]));
            return [.. descending ? rows.OrderByDescending(row => row, order) : rows.OrderBy(row => row, order)];
        }
    }

    /// <summary>The row that is marked.</summary>
    public TopRow? Selected => Rows is { Count: > 0 } rows ? rows[IndexOf(rows)] : null;

    /// <summary>The row that details are about, as the latest look shows it.</summary>
    public TopRow? DetailRow => Detail is null ? null : Data[Pane].FirstOrDefault(row => row.Key == Detail);

    /// <summary>Which row is marked: the one that was, wherever it is now; else what has come into its place.</summary>
    public int IndexOf(IReadOnlyList<TopRow> rows)
    {
        for (var index = 0; index < rows.Count; index++)
        {
            if (rows[index].Key == View.Key)
            {
                return index;
            }
        }

        return Math.Clamp(View.Index, 0, Math.Max(0, rows.Count - 1));
    }

    /// <summary>The state after a look.</summary>
    public TopState See(TopData data) => (this with { Data = data }).Settle();

    /// <summary>The state on a terminal of another size.</summary>
    public TopState Resize(int width, int height) => (this with { Width = width, Height = height }).Settle();

    /// <summary>The state with another row marked.</summary>
    /// <param name="index">Which; one that there is not is the nearest.</param>
    public TopState Mark(int index)
    {
        var rows = Rows;
        var marked = Math.Clamp(index, 0, Math.Max(0, rows.Count - 1));
        return Look(View with { Index = marked, Key = rows.Count > 0 ? rows[marked].Key : null }).Settle();
    }

    /// <summary>The state with the view looked at in another way.</summary>
    public TopState Look(PaneState view) => this with { Panes = Panes.SetItem(Pane, view) };

    /// <summary>The state with the marked row on the screen.</summary>
    public TopState Settle()
    {
        var rows = Rows;
        var index = IndexOf(rows);
        var room = Math.Max(1, TopLayout.Of(this).Rows);
        var offset = Math.Clamp(View.Offset, Math.Max(0, index - room + 1), index);
        offset = Math.Clamp(offset, 0, Math.Max(0, rows.Count - room));
        return View.Index == index && View.Offset == offset ? this : Look(View with { Index = index, Offset = offset });
    }
}

/// <summary>How a view is looked at.</summary>
/// <param name="Sort">The column that it is sorted by; negative for the order of the system.</param>
/// <param name="Descending">Whether the largest are at the top.</param>
internal sealed record PaneState(int Sort, bool Descending)
{
    /// <summary>The row that is marked.</summary>
    public string? Key { get; init; }

    /// <summary>Where it is, or was.</summary>
    public int Index { get; init; }

    /// <summary>How many rows are above the screen.</summary>
    public int Offset { get; init; }

    public static PaneState First(TopPane pane) => new(pane.Sort, pane.Descending);
}

/// <summary>What keys are for.</summary>
internal enum TopMode
{
    /// <summary>To go about in a view.</summary>
    List,

    /// <summary>To write the filter.</summary>
    Filter,

    /// <summary>To read the details of a row.</summary>
    Detail,

    /// <summary>To say yes or no to an action.</summary>
    Confirm,

    /// <summary>To read the help.</summary>
    Help,
}
