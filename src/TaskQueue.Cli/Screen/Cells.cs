using System.Globalization;
using System.Text;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Screen;

/// <summary>Texts in the cells of a terminal, of which a character takes none, one or two.</summary>
internal static class Cells
{
    private const char Cut = '…';

    /// <summary>How many cells a text takes.</summary>
    public static int Width(string text) => new Segment(text).CellCount();

    /// <summary>The text, or its beginning with an ellipsis where it takes more cells.</summary>
    public static string Fit(string text, int width)
    {
        if (width <= 0)
        {
            return "";
        }

        if (Width(text) <= width)
        {
            return text;
        }

        var kept = new StringBuilder();
        var taken = 0;
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            var element = elements.GetTextElement();
            taken += Width(element);
            if (taken > width - 1)
            {
                break;
            }

            kept.Append(element);
        }

        return kept.Append(Cut).ToString();
    }

    /// <summary>The text in exactly so many cells.</summary>
    /// <param name="text">The text.</param>
    /// <param name="width">The cells.</param>
    /// <param name="right">Whether it stands at the right end of them.</param>
    public static string Pad(string text, int width, bool right = false)
    {
        var fitting = Fit(text, width);
        var space = new string(' ', Math.Max(0, width - Width(fitting)));
        return right ? space + fitting : fitting + space;
    }

    /// <summary>The text in lines of at most so many cells, broken between words where there are any.</summary>
    public static IEnumerable<string> Wrap(string text, int width)
    {
        if (width <= 0)
        {
            yield break;
        }

        var (line, lines) = ("", 0);
        foreach (var word in text.Split(' '))
        {
            var rest = word;
            if (line.Length > 0 && Width(line) + 1 + Width(rest) <= width)
            {
                line += " " + rest;
                continue;
            }

            if (line.Length > 0)
            {
                lines++;
                yield return line;
            }

            while (Width(rest) > width)
            {
                var part = Head(rest, width);
                lines++;
                yield return part;
                rest = rest[part.Length..];
            }

            line = rest;
        }

        if (line.Length > 0 || lines == 0)
        {
            yield return line;
        }
    }

    // At least a character, however wide it is: else wrapping would not end.
    private static string Head(string text, int width)
    {
        var (length, taken) = (0, 0);
        var elements = StringInfo.GetTextElementEnumerator(text);
        while (elements.MoveNext())
        {
            taken += Width(elements.GetTextElement());
            if (taken > width && length > 0)
            {
                break;
            }

            length = elements.ElementIndex + elements.GetTextElement().Length;
        }

        return text[..length];
    }
}
