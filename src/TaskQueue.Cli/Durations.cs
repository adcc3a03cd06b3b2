using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace TaskQueue.Cli;

/// <summary>Durations on the command line: <c>250ms</c>, <c>10s</c>, <c>5m</c>, <c>2h</c>, <c>1d</c>; a bare number is seconds.</summary>
internal static class Durations
{
    public const string Rule = "a number with ms, s, m, h or d behind it, such as 30s";

    /// <summary>An option that takes a duration.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="description">For the help.</param>
    /// <param name="shortest">The shortest that is allowed.</param>
    /// <param name="longest">The longest that is allowed, days.</param>
    public static Option<TimeSpan?> Option(string name, string description, TimeSpan? shortest = null, TimeSpan? longest = null) => new(name)
    {
        Description = description,
        HelpName = "DURATION",
        CustomParser = argument => Parse(argument, shortest, longest),
    };

    /// <summary>Reads a duration.</summary>
    /// <returns>The duration, or <see langword="null"/> when the text is none.</returns>
    public static TimeSpan? Parse(string text)
    {
        var unitStart = text.Length;
        while (unitStart > 0 && char.IsAsciiLetter(text[unitStart - 1]))
        {
            unitStart--;
        }

        double? unitSeconds = text[unitStart..] switch
        {
            "ms" => 0.001,
            "" or "s" => 1,
            "m" or "min" => 60,
            "h" => 3600,
            "d" => 86400,
            _ => null,
        };
        return unitSeconds is { } unit
            && double.TryParse(text.AsSpan(0, unitStart).Trim(), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number)
            && number * unit <= TimeSpan.MaxValue.TotalSeconds / 2
            ? TimeSpan.FromSeconds(number * unit)
            : null;
    }

    // Ranges are looked at here and not by a validator: that would have to do with a value that may be none.
    private static TimeSpan? Parse(ArgumentResult argument, TimeSpan? shortest, TimeSpan? longest)
    {
        var text = argument.Tokens[0].Value;
        var problem = Parse(text) switch
        {
            null => Rule,
            { } duration when duration < shortest => $"{shortest.Value.TotalMilliseconds:0.###}ms or more",
            { } duration when duration > longest => $"{longest.Value.TotalDays:0.###}d or less",
            _ => null,
        };
        if (problem is null)
        {
            return Parse(text);
        }

        argument.AddError($"{((OptionResult)argument.Parent!).Option.Name} \"{text}\": expected {problem}.");
        return null;
    }
}
