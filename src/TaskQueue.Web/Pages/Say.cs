using System.Globalization;
using TaskQueue.Messaging;

namespace TaskQueue.Web.Pages;

/// <summary>How pages write numbers, times and texts of others.</summary>
internal static class Say
{
    /// <summary>The longest text of others in a line of a list, in characters.</summary>
    public const int ShortText = 200;

    /// <summary>The longest text of others where it is shown by itself.</summary>
    public const int LongText = 8_000;

    /// <summary>A whole number, every digit of it.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A rate that need not be exact.</summary>
    public static string Rate(double rate) => rate.ToString(rate is > 0 and < 10 ? "0.#" : "N0", CultureInfo.InvariantCulture);

    /// <summary>A share, 0 to 1.</summary>
    public static string Percent(double share) => share.ToString(share is > 0 and < 0.1 ? "0.#%" : "0%", CultureInfo.InvariantCulture);

    /// <summary>How long something takes: such as <c>0.4 ms</c>, <c>12.5 s</c>, <c>4 m 10 s</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalMilliseconds: < 0 } => "0 s",
        { TotalMilliseconds: < 10 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms"),
        { TotalSeconds: < 1 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0} ms"),
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.#} s"),
        { TotalHours: < 1 } => $"{time.Minutes} m {time.Seconds} s",
        { TotalDays: < 1 } => $"{time.Hours} h {time.Minutes} m",
        _ => $"{(int)time.TotalDays} d {time.Hours} h",
    };

    /// <summary>How long something takes, in milliseconds.</summary>
    public static string Duration(double milliseconds) => Duration(TimeSpan.FromMilliseconds(Math.Clamp(milliseconds, 0, 1e14)));

    /// <summary>How long ago something was, or how long it is to it, in one unit. The script of the pages says it likewise.</summary>
    public static string Distance(TimeSpan distance)
    {
        var seconds = (long)Math.Abs(distance.TotalSeconds);
        return seconds switch
        {
            < 60 => $"{seconds} s",
            < 3600 => $"{seconds / 60} min",
            < 2 * 86_400 => $"{seconds / 3600} h",
            _ => $"{seconds / 86_400} days",
        };
    }

    /// <summary>Bytes.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => $"{bytes} B",
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024d:0.#} KiB"),
        < 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1048576d:0.#} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.##} GiB"),
    };

    /// <summary>The beginning of a text of others, with a sign where it goes on.</summary>
    public static string Shortened(string? text, int most = ShortText)
    {
        if (text is null || text.Length <= most)
        {
            return Visible(text ?? "");
        }

        return Visible(text[..(char.IsHighSurrogate(text[most - 1]) ? most - 1 : most)]) + "…";
    }

    /// <summary>A text of which nothing is hidden: what turns the direction of writing, and what no screen shows, becomes a sign.</summary>
    public static string Visible(string text)
    {
        var isPlain = true;
        foreach (var c in text)
        {
            isPlain &= !IsHidden(c);
        }

        return isPlain ? text : string.Concat(text.Select(c => IsHidden(c) ? '�' : c));
    }

    /// <summary>An argument of a command as a shell reads it.</summary>
    public static string Quoted(string argument) => argument.Length > 0 && argument.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or '/' or ':' or '@' or '#') && argument[0] is not ('-' or '#')
        ? argument
        : $"'{argument.Replace("'", @"'\''", StringComparison.Ordinal)}'";

    /// <summary>A time, to the second.</summary>
    public static string Absolute(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    /// <summary>A word as a title begins.</summary>
    public static string Title(string word) => char.ToUpperInvariant(word[0]) + word[1..];

    /// <summary>A word for one, or for another number.</summary>
    public static string Count(long number, string one, string many) => $"{Number(number)} {(number == 1 ? one : many)}";

    private static bool IsHidden(char c) => ForeignText.IsHarmful(c) && c is not ('\n' or '\t');
}
