using System.Globalization;
using System.Threading.Channels;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Screen;

/// <summary>Tables that are looked at again and again, on the whole terminal: they fit its width, and scroll.</summary>
internal static class TableScreen
{
    /// <summary>Shows until <c>q</c> is pressed or it is interrupted.</summary>
    /// <param name="surroundings">The terminal and the clock.</param>
    /// <param name="title">What is shown, and how often.</param>
    /// <param name="interval">How often to look.</param>
    /// <param name="look">Looks.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task RunAsync(
        Surroundings surroundings, string title, TimeSpan interval, Func<CancellationToken, Task<IReadOnlyList<ScreenPart>>> look, CancellationToken cancellationToken)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var events = Channel.CreateUnbounded<Event>();
        var looking = LookAsync(surroundings, interval, look, events.Writer, stop.Token);
        try
        {
            using var screen = FullScreen.Open(surroundings, key => events.Writer.TryWrite(new Event(key, Parts: null)), () => events.Writer.TryWrite(default));
            await ShowAsync(screen, surroundings, title, events.Reader, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await looking.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        if (looking.IsFaulted)
        {
            await looking;
        }
    }

    /// <summary>The lines of all parts within a width.</summary>
    public static IReadOnlyList<ScreenLine> Lines(IReadOnlyList<ScreenPart> parts, int width)
    {
        var lines = new List<ScreenLine>();
        foreach (var part in parts)
        {
            if (lines.Count > 0)
            {
                lines.Add(ScreenLine.Empty);
            }

            if (part.Table is { } table)
            {
                lines.AddRange(ScreenGrid.Lines(ColumnsOf(table), table.Rows, table.Rows, width));
            }

            lines.AddRange(part.Notes.SelectMany(note => Cells.Wrap(note, width)).Select(line => new ScreenLine(line, Tables.StyleOf(Tables.Mood.Doubtful))));
        }

        return lines;
    }

    /// <summary>What is on the screen.</summary>
    /// <param name="lines">All lines.</param>
    /// <param name="title">What is shown.</param>
    /// <param name="offset">How many lines are above the screen.</param>
    /// <param name="width">The cells of a line.</param>
    /// <param name="height">The lines of the screen.</param>
    public static IReadOnlyList<ScreenLine> Render(IReadOnlyList<ScreenLine> lines, string title, int offset, int width, int height)
    {
        var room = Room(height);
        var from = Clamp(offset, lines.Count, height);
        var shown = lines.Skip(from).Take(room).ToList();
        var where = lines.Count > room
            ? string.Create(CultureInfo.InvariantCulture, $"lines {from + 1}-{from + shown.Count} of {lines.Count}; arrows scroll, q quits")
            : "q quits";
        return height < 2 ? shown : [.. shown, .. Enumerable.Repeat(ScreenLine.Empty, room - shown.Count), new ScreenLine(
            [new Segment(where, new Style(decoration: Decoration.Invert)), new Segment("  " + title, new Style(Color.Grey))]).Within(width)];
    }

    /// <summary>Where to scroll to by a key; nothing when the key ends it.</summary>
    public static int? Scroll(ConsoleKeyInfo key, int offset, int lines, int height)
    {
        var room = Room(height);
        var last = Math.Max(0, lines - room);
        var wanted = key switch
        {
            { KeyChar: 'q' or 'Q' } or { Key: ConsoleKey.Escape } => (int?)null,
            { Key: ConsoleKey.UpArrow } or { KeyChar: 'k' } => offset - 1,
            { Key: ConsoleKey.DownArrow } or { KeyChar: 'j' } => offset + 1,
            { Key: ConsoleKey.PageUp } => offset - room,
            { Key: ConsoleKey.PageDown } or { KeyChar: ' ' } => offset + room,
            { Key: ConsoleKey.Home } or { KeyChar: 'g' } => 0,
            { Key: ConsoleKey.End } or { KeyChar: 'G' } => last,
            _ => offset,
        };
        return wanted is { } to ? Math.Clamp(to, 0, last) : null;
    }

    private static int Room(int height) => height < 2 ? height : height - 1;

    private static int Clamp(int offset, int lines, int height) => Math.Clamp(offset, 0, Math.Max(0, lines - Room(height)));

    private static IReadOnlyList<GridColumn> ColumnsOf(Tables.Table table) =>
    [
        .. table.Headings.Select((heading, index) => new GridColumn(
            heading.ToUpperInvariant(),
            table.Values?[index] ?? -index,
            table.Numbers.Contains(index) ? int.MaxValue : LeastText,
            table.Numbers.Contains(index))),
    ];

    // The beginning of an id or a name by which it is told from others.
    private const int LeastText = 12;

    private static async Task ShowAsync(
        FullScreen screen, Surroundings surroundings, string title, ChannelReader<Event> events, CancellationToken cancellationToken)
    {
        IReadOnlyList<ScreenPart> parts = [new ScreenPart(null, ["..."])];
        var offset = 0;
        do
        {
            var size = FullScreen.Size;
            var lines = Lines(parts, size.Width);
            while (events.TryRead(out var latest))
            {
                if (latest.Parts is { } seen)
                {
                    parts = seen;
                    lines = Lines(parts, size.Width);
                }
                else if (latest.Key is { } key)
                {
                    if (Scroll(key, offset, lines.Count, size.Height) is not { } wanted)
                    {
                        return;
                    }

                    offset = wanted;
                }
            }

            offset = Clamp(offset, lines.Count, size.Height);
            screen.Draw(Render(lines, $"{title}, {surroundings.Time.GetUtcNow():HH:mm:ss'Z'}", offset, size.Width, size.Height), size);
        }
        while (await events.WaitToReadAsync(cancellationToken));
    }

    private static async Task LookAsync(
        Surroundings surroundings, TimeSpan interval, Func<CancellationToken, Task<IReadOnlyList<ScreenPart>>> look, ChannelWriter<Event> events, CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(interval, surroundings.Time);
            do
            {
                events.TryWrite(new Event(Key: null, await look(stop)));
            }
            while (await timer.WaitForNextTickAsync(stop));
        }
        finally
        {
            events.TryComplete();
        }
    }

    /// <summary>What has happened; nothing of it when the screen is to be drawn again.</summary>
    private readonly record struct Event(ConsoleKeyInfo? Key, IReadOnlyList<ScreenPart>? Parts);
}

/// <summary>A part of what a screen shows.</summary>
/// <param name="Table">A table, if it has one.</param>
/// <param name="Notes">Lines below it.</param>
internal sealed record ScreenPart(Tables.Table? Table, IReadOnlyList<string> Notes);
