namespace TaskQueue.Cli.Top;

/// <summary>What keys do: a pure function of the state and the key.</summary>
internal static class TopKeys
{
    private const int LongestFilter = 100;

    /// <summary>What a key does.</summary>
    public static TopStep Reduce(TopState state, ConsoleKeyInfo key) => state.Mode switch
    {
        TopMode.Filter => new TopStep(Filter(state, key)),
        TopMode.Confirm => Confirm(state, key),
        TopMode.Detail => Detail(state, key),
        TopMode.Help => IsBack(key) || key.KeyChar is '?' or 'h' ? new TopStep(Leave(state)) : new TopStep(Scroll(state, key)),
        _ => List(state with { Message = "" }, key),
    };

    private static TopStep List(TopState state, ConsoleKeyInfo key)
    {
        var page = Math.Max(1, TopLayout.Of(state).Rows);
        var index = state.IndexOf(state.Rows);
        switch (key)
        {
            case { KeyChar: 'q' or 'Q' } or { Key: ConsoleKey.F10 }:
                return new TopStep(state, Quits: true);
            case { KeyChar: '?' or 'h' } or { Key: ConsoleKey.F1 }:
                return new TopStep(state with { Mode = TopMode.Help, DetailOffset = 0 });
            case { KeyChar: '/' } or { Key: ConsoleKey.F4 }:
                return new TopStep(state with { Mode = TopMode.Filter });
            case { Key: ConsoleKey.Escape }:
                return new TopStep((state with { Filter = "" }).Settle());
            case { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' }:
                return new TopStep(state.Mark(index - 1));
            case { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' }:
                return new TopStep(state.Mark(index + 1));
            case { Key: ConsoleKey.PageUp }:
                return new TopStep(state.Mark(index - page));
            case { Key: ConsoleKey.PageDown } or { KeyChar: ' ' }:
                return new TopStep(state.Mark(index + page));
            case { Key: ConsoleKey.Home } or { KeyChar: 'g' }:
                return new TopStep(state.Mark(0));
            case { Key: ConsoleKey.End } or { KeyChar: 'G' }:
                return new TopStep(state.Mark(int.MaxValue));
            case { Key: ConsoleKey.Tab, Modifiers: var modifiers }:
                return new TopStep(Turn(state, modifiers.HasFlag(ConsoleModifiers.Shift) ? -1 : 1));
            case { Key: ConsoleKey.RightArrow }:
                return new TopStep(Turn(state, 1));
            case { Key: ConsoleKey.LeftArrow }:
                return new TopStep(Turn(state, -1));
            case { KeyChar: >= '1' and <= '9' } when key.KeyChar - '1' < TopPane.All.Count:
                return new TopStep(To(state, (PaneId)(key.KeyChar - '1')));
            case { KeyChar: '>' or '.' }:
                return new TopStep(SortBy(state, 1));
            case { KeyChar: '<' or ',' }:
                return new TopStep(SortBy(state, -1));
            case { KeyChar: 'r' or 'I' }:
                return new TopStep(Reverse(state));
            case { Key: ConsoleKey.Enter } when state.Selected is { } row:
                return new TopStep(state with { Mode = TopMode.Detail, Detail = row.Key, DetailOffset = 0 });
            default:
                return Act(state, state.Selected, key);
        }
    }

    private static TopStep Detail(TopState state, ConsoleKeyInfo key)
    {
        if (IsBack(key) || key.Key is ConsoleKey.LeftArrow)
        {
            return new TopStep(Leave(state));
        }

        var scrolled = Scroll(state, key);
        return scrolled != state ? new TopStep(scrolled) : Act(state with { Message = "" }, state.DetailRow, key);
    }

    private static TopStep Act(TopState state, TopRow? row, ConsoleKeyInfo key) =>
        row?.Actions.FirstOrDefault(action => action.Key == key.KeyChar) is { } action
            ? new TopStep(state with { Mode = TopMode.Confirm, Pending = action })
            : new TopStep(state);

    private static TopStep Confirm(TopState state, ConsoleKeyInfo key)
    {
        // Whatever was looked at before is looked at again.
        var back = state with { Mode = state.Detail is null ? TopMode.List : TopMode.Detail, Pending = null };
        return key.KeyChar is 'y' or 'Y'
            ? new TopStep(back with { Message = $"{state.Pending!.Name}: ..." }) { Action = state.Pending }
            : new TopStep(back with { Message = "nothing done" });
    }

    private static TopState Filter(TopState state, ConsoleKeyInfo key) => (key switch
    {
        { Key: ConsoleKey.Enter } => state with { Mode = TopMode.List },
        { Key: ConsoleKey.Escape } => state with { Mode = TopMode.List, Filter = "" },
        { Key: ConsoleKey.Backspace } when state.Filter.Length == 0 => state with { Mode = TopMode.List },
        { Key: ConsoleKey.Backspace } => state with { Filter = state.Filter[..^1] },
        { KeyChar: var c } when !char.IsControl(c) && state.Filter.Length < LongestFilter => state with { Filter = state.Filter + c },
        _ => state,
    }).Settle();

    private static TopState Scroll(TopState state, ConsoleKeyInfo key)
    {
        var room = Math.Max(1, state.Height - 1);
        var last = Math.Max(0, TopScreenLines.Text(state).Count - room);
        var wanted = key switch
        {
            { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' } => state.DetailOffset - 1,
            { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' } => state.DetailOffset + 1,
            { Key: ConsoleKey.PageUp } => state.DetailOffset - room,
            { Key: ConsoleKey.PageDown } or { KeyChar: ' ' } => state.DetailOffset + room,
            { Key: ConsoleKey.Home } or { KeyChar: 'g' } => 0,
            { Key: ConsoleKey.End } or { KeyChar: 'G' } => last,
            _ => state.DetailOffset,
        };
        var offset = Math.Clamp(wanted, 0, last);
        return offset == state.DetailOffset ? state : state with { DetailOffset = offset };
    }

    private static bool IsBack(ConsoleKeyInfo key) => key is { KeyChar: 'q' or 'Q' } or { Key: ConsoleKey.Escape or ConsoleKey.Backspace };

    private static TopState Leave(TopState state) => (state with { Mode = TopMode.List, Detail = null, DetailOffset = 0 }).Settle();

    private static TopState Turn(TopState state, int by) => To(state, (PaneId)(((int)state.Pane + by + TopPane.All.Count) % TopPane.All.Count));

    private static TopState To(TopState state, PaneId pane) => (state with { Pane = pane }).Settle();

    private static TopState SortBy(TopState state, int by)
    {
        var columns = TopPane.Of(state.Pane).Columns.Count;
        var sort = state.View.Sort < 0 ? (by > 0 ? 0 : columns - 1) : (state.View.Sort + by + columns) % columns;
        return Marked(state, state.View with { Sort = sort, Descending = TopPane.Of(state.Pane).Columns[sort].IsNumber });
    }

    private static TopState Reverse(TopState state) => Marked(state, state.View with { Sort = Math.Max(0, state.View.Sort), Descending = !state.View.Descending });

    // The marked row stays marked, wherever it goes.
    private static TopState Marked(TopState state, PaneState view) => state.Look(view with { Key = state.Selected?.Key }).Settle();
}

/// <summary>What a key has come to.</summary>
/// <param name="State">What is shown now.</param>
/// <param name="Quits">Whether that is the end.</param>
internal readonly record struct TopStep(TopState State, bool Quits = false)
{
    /// <summary>What is to be done.</summary>
    public TopAction? Action { get; init; }
}
