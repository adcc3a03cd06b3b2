using Spectre.Console;
using Spectre.Console.Rendering;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Top;

/// <summary>What the keys do.</summary>
internal static class TopHelp
{
    private const int KeyWidth = 18;

    /// <summary>The keys, and what they do.</summary>
    public static IReadOnlyList<(string Keys, string What)> Keys { get; } =
    [
        ("1-6, Tab, ← →", "another view: types, tasks, services, queues, failures, warnings"),
        ("↑ ↓ j k", "the row above, below"),
        ("PgUp PgDn g G", "a page up, down; the first, the last row"),
        ("< >", "sort by the column to the left, to the right"),
        ("r", "reverse the order"),
        ("/", "show the rows that have a text in them; Esc shows all again"),
        ("Enter", "all about the row: of a type its problems, tasks and failures"),
        ("p", "on a type: pause it, or resume it"),
        ("K", "on a type or its buried queue: all buried tasks back into their queue"),
        ("c", "on a task: cancel it"),
        ("y", "yes, when it asks; any other key is no"),
        ("?, h", "this help"),
        ("q, Ctrl-C", "quit; from details and help back"),
    ];

    /// <summary>The lines.</summary>
    public static IReadOnlyList<ScreenLine> Lines(int width) =>
    [
        new ScreenLine("taskqueue top", new Style(decoration: Decoration.Bold)),
        .. Keys.SelectMany(key => Entry(key.Keys, key.What, width)),
    ];

    private static IEnumerable<ScreenLine> Entry(string keys, string what, int width)
    {
        var bold = new Style(decoration: Decoration.Bold);
        if (width < KeyWidth * 2)
        {
            return Cells.Wrap($"{keys}: {what}", width).Select(line => new ScreenLine(line));
        }

        return Cells.Wrap(what, width - KeyWidth).Select((line, index) => new ScreenLine([new Segment(Cells.Pad(index == 0 ? keys : "", KeyWidth), bold), new Segment(line, Style.Plain)]));
    }
}
