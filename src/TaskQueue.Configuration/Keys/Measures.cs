using System.Globalization;

namespace TaskQueue.Configuration.Keys;

/// <summary>Kinds that are whole numbers with a unit: durations and sizes.</summary>
internal static class Measures
{
    private const long Kibi = 1024;

    // Largest first: a value is written in the largest unit that divides it.
    private static readonly (string Suffix, long Factor)[] DurationUnits =
    [
        ("d", (long)TimeSpan.MillisecondsPerDay),
        ("h", (long)TimeSpan.MillisecondsPerHour),
        ("m", (long)TimeSpan.MillisecondsPerMinute),
        ("s", (long)TimeSpan.MillisecondsPerSecond),
        ("ms", 1),
    ];

    private static readonly (string Suffix, long Factor)[] SizeUnits =
    [
        ("T", Kibi * Kibi * Kibi * Kibi),
        ("G", Kibi * Kibi * Kibi),
        ("M", Kibi * Kibi),
        ("K", Kibi),
        ("", 1),
    ];

    /// <summary>A duration; a number without a unit is seconds.</summary>
    public static ValueKind<TimeSpan> Duration(TimeSpan from, TimeSpan to) => new(
        $"a duration from {Write(from)} to {Write(to)}, such as 500ms, 30s, 5m, 1h or 1d",
        (string text, out TimeSpan value) =>
        {
            value = default;
            if (!TryRead(text.Length > 0 && char.IsAsciiDigit(text[^1]) ? text + "s" : text, DurationUnits, (long)to.TotalMilliseconds, out var milliseconds))
            {
                return false;
            }

            value = TimeSpan.FromMilliseconds(milliseconds);
            return value >= from;
        },
        Write);

    /// <summary>A size in bytes, or with K, M, G or T (powers of 1024) behind the number.</summary>
    public static ValueKind<long> Size(long from, long to) => new(
        $"a size from {Write(from, SizeUnits)} to {Write(to, SizeUnits)}, such as 512M or 2G",
        (string text, out long value) => TryRead(text, SizeUnits, to, out value) && value >= from,
        value => Write(value, SizeUnits));

    /// <summary>Processor time per time: a percentage of one processor, or a number of processors.</summary>
    public static ValueKind<double> Processors(double from, double to) => new(
        string.Create(CultureInfo.InvariantCulture, $"a part of one processor's time from {Percent(from)}% to {Percent(to)}%, such as 50% or 150%, or a number of processors, such as 1.5"),
        (string text, out double value) =>
        {
            var isPercentage = text.EndsWith('%');
            if (!double.TryParse(isPercentage ? text.AsSpan(..^1).TrimEnd() : text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value))
            {
                return false;
            }

            value = isPercentage ? value / 100 : value;
            return value >= from && value <= to;
        },
        value => $"{Percent(value).ToString(CultureInfo.InvariantCulture)}%");

    public static string Write(TimeSpan value) =>
        value == TimeSpan.Zero ? "0s" : Write((long)value.TotalMilliseconds, DurationUnits);

    // Beyond that many digits there is only what binary numbers add.
    private static double Percent(double processors) => Math.Round(processors * 100, digits: 6);

    private static string Write(long value, (string Suffix, long Factor)[] units)
    {
        var (suffix, factor) = units.First(unit => value % unit.Factor == 0);
        return (value / factor).ToString(CultureInfo.InvariantCulture) + suffix;
    }

    private static bool TryRead(string text, (string Suffix, long Factor)[] units, long most, out long value)
    {
        value = 0;
        var digits = text.AsSpan().IndexOfAnyExceptInRange('0', '9');
        var number = digits < 0 ? text : text[..digits];
        var suffix = text[number.Length..].Trim();
        foreach (var unit in units.Where(unit => string.Equals(unit.Suffix, suffix, StringComparison.OrdinalIgnoreCase)))
        {
            // Compared before it is multiplied, which might overflow.
            if (long.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out value) && value <= most / unit.Factor)
            {
                value *= unit.Factor;
                return true;
            }
        }

        return false;
    }
}
