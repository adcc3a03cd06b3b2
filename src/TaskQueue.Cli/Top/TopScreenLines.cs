using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Top;

/// <summary>The screen of <c>top</c>: a pure function of its state.</summary>
internal static class TopScreenLines
{
    private static readonly Style Bar = new(decoration: Decoration.Invert), Key = new(decoration: Decoration.Bold), Dim = new(Color.Grey);

    // Longer than any look takes that is well.
    private static readonly TimeSpan Stale = TimeSpan.FromSeconds(10);

    /// <summary>The lines of the screen: as many as it has, none wider than it is.</summary>
    /// <param name="state">What to show.</param>
    /// <param name="now">The time, by the clock of this host.</param>
    public static IReadOnlyList<ScreenLine> Render(TopState state, DateTimeOffset now)
    {
        var layout = TopLayout.Of(state);
        List<ScreenLine> lines = IsText(state) ? TextPage(state, layout) : ListPage(state, layout, now);
        if (layout.HasFooter)
        {
            while (lines.Count < state.Height - 1)
            {
                lines.Add(ScreenLine.Empty);
            }

            lines.Add(Footer(state));
        }

        return [.. lines.Take(state.Height).Select(line => line.Within(state.Width))];
    }

    /// <summary>The lines of the details or the help.</summary>
    public static IReadOnlyList<ScreenLine> Text(TopState state) => state.Mode == TopMode.Help ? TopHelp.Lines(state.Width) : TopDetails.Lines(state);

    private static bool IsText(TopState state) => state.Mode == TopMode.Help || state.Detail is not null;

    private static List<ScreenLine> TextPage(TopState state, TopLayout layout) =>
        [.. Text(state).Skip(state.DetailOffset).Take(layout.HasFooter ? state.Height - 1 : state.Height)];

    private static List<ScreenLine> ListPage(TopState state, TopLayout layout, DateTimeOffset now)
    {
        var lines = new List<ScreenLine>();
        if (layout.HasHead)
        {
            lines.Add(Head(state, now));
        }

        if (layout.HasWarning)
        {
            var warnings = state.Data.Warnings;
            lines.Add(new ScreenLine(warnings.Count == 1 ? $"! {warnings[0]}" : $"! {warnings.Count} warnings: {warnings[0]}", Tables.StyleOf(Tables.Mood.Doubtful)));
        }

        if (layout.HasTabs)
        {
            lines.Add(Tabs(state));
        }

        var rows = state.Rows;
        var view = state.View;
        var columns = TopPane.Of(state.Pane).Columns
            .Select((column, index) => index == view.Sort ? column with { Title = column.Title + (view.Descending ? "▼" : "▲") } : column)
            .ToList();
        var shown = rows.Skip(view.Offset).Take(layout.Rows).Select(row => row.ToTableRow()).ToList();
        lines.AddRange(ScreenGrid.Lines(columns, shown, [.. rows.Select(row => row.ToTableRow())], state.Width, state.IndexOf(rows) - view.Offset));
        if (rows.Count == 0 && layout.Rows > 0)
        {
            lines.Add(new ScreenLine(Nothing(state), Dim));
        }

        return lines;
    }

    private static string Nothing(TopState state) =>
        state.Data == TopData.None ? " ..." : state.Filter.Length > 0 ? $" nothing has \"{state.Filter}\" in it; Esc shows all" : " nothing";

    private static ScreenLine Head(TopState state, DateTimeOffset now)
    {
        if (state.Data == TopData.None)
        {
            return new ScreenLine("taskqueue", Key);
        }

        var age = now - state.Data.Taken;
        var time = age > Stale
            ? new Segment($"  no answer for {age.TotalSeconds:0} s", Tables.StyleOf(Tables.Mood.Bad))
            : new Segment("  " + state.Data.Taken.UtcDateTime.ToString("HH:mm:ss'Z'", CultureInfo.InvariantCulture), Style.Plain);
        List<Segment> parts = [new("taskqueue", Key), time, .. state.Data.Summary.Append(state.Data.Broker).Where(part => part.Length > 0).Select(part => new Segment("  " + part, Style.Plain))];
        while (parts.Count > 1 && Segment.CellCount(parts) > state.Width)
        {
            parts.RemoveAt(parts.Count - 1);
        }

        return new ScreenLine(parts);
    }

    private static ScreenLine Tabs(TopState state)
    {
        string Name(TopPane pane) => $"{(int)pane.Id + 1} {pane.Title} {state.Data[pane.Id].Count.ToString("N0", CultureInfo.InvariantCulture)}";
        var filter = state.Filter.Length > 0 ? $"  /{state.Filter}" : "";
        var isWide = TopPane.All.Sum(pane => Name(pane).Length + 2) + filter.Length <= state.Width;
        return new ScreenLine([
            .. TopPane.All.Select(pane => pane.Id == state.Pane
                ? new Segment($" {Name(pane)} ", Bar)
                : new Segment(isWide ? $" {Name(pane)} " : $" {(int)pane.Id + 1} ", Style.Plain)),
            new Segment(filter, Tables.StyleOf(Tables.Mood.Doubtful)),
        ]);
    }

    private static ScreenLine Footer(TopState state)
    {
        switch (state.Mode)
        {
            case TopMode.Filter:
                return new ScreenLine([new Segment($"/{state.Filter}_", Key), new Segment("  Enter keeps it, Esc shows all", Dim)]);
            case TopMode.Confirm:
                return new ScreenLine([new Segment($"{state.Pending!.Name}? [y/N]", new Style(Color.Yellow, decoration: Decoration.Invert)), new Segment($" {state.Pending}", Style.Plain)]);
            case TopMode.Help:
                return Keys([("q", "back")]);
            case TopMode.Detail or TopMode.List when state.Message.Length > 0:
                return new ScreenLine(state.Message, Tables.StyleOf(Tables.Mood.Doubtful));
            case TopMode.Detail:
                return Keys([("q", "back"), .. ActionsOf(state.DetailRow), ("↑↓", "scroll")]);
            default:
                return Keys([("q", "quit"), ("?", "help"), ("/", "filter"), .. ActionsOf(state.Selected), ("Enter", "details"), ("<>", "sort"), ("r", "reverse"), ("Tab", "next view")]);
        }
    }

    private static IEnumerable<(string Key, string Name)> ActionsOf(TopRow? row) => row?.Actions.Select(action => (action.Key.ToString(), action.Name)) ?? [];

    // The first ones are those that nobody can do without.
    private static ScreenLine Keys(IReadOnlyList<(string Key, string Name)> keys) =>
        new([.. keys.SelectMany(key => (IEnumerable<Segment>)[new Segment(key.Key, Key), new Segment($" {key.Name}  ", Dim)])]);
}
