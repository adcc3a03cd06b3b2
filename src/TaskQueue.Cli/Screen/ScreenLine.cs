using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Screen;

/// <summary>A line of a screen: texts in their styles.</summary>
/// <param name="segments">The texts; none has line ends.</param>
internal sealed class ScreenLine(IReadOnlyList<Segment> segments)
{
    public ScreenLine(string text, Style? style = null)
        : this([new Segment(text, style ?? Style.Plain)])
    {
    }

    public static ScreenLine Empty { get; } = new([]);

    public IReadOnlyList<Segment> Segments => segments;

    /// <summary>Its texts alone.</summary>
    public string Text => string.Concat(segments.Select(segment => segment.Text));

    /// <summary>The cells that it takes.</summary>
    public int Width => Segment.CellCount(segments);

    /// <summary>The line within a width: what is too long ends in an ellipsis.</summary>
    public ScreenLine Within(int width)
    {
        if (Width <= width)
        {
            return this;
        }

        var fitting = new List<Segment>();
        var left = width;
        for (var index = 0; index < segments.Count; index++)
        {
            // An ellipsis belongs where something follows that has no room.
            var (segment, room) = (segments[index], segments[index].CellCount());
            if (room > left || (room == left && index < segments.Count - 1))
            {
                fitting.Add(new Segment(Cells.Fit(segment.Text + " ", left), segment.Style));
                break;
            }

            fitting.Add(segment);
            left -= room;
        }

        return new ScreenLine(fitting);
    }

    /// <summary>The line over the whole of a width.</summary>
    public ScreenLine Over(int width, Style style)
    {
        var line = Within(width);
        return line.Width >= width ? line : new ScreenLine([.. line.Segments, new Segment(new string(' ', width - line.Width), style)]);
    }
}
