using System.Globalization;

namespace TaskQueue.Amqp;

/// <summary>Decimals as text.</summary>
internal static class FieldText
{
    /// <summary>All digits of a decimal, such as <c>-12.34</c>; of any scale.</summary>
    public static string Decimal(byte scale, int value)
    {
        var digits = Math.Abs((long)value).ToString(CultureInfo.InvariantCulture).PadLeft(scale + 1, '0');
        var sign = value < 0 ? "-" : "";
        return scale == 0 ? sign + digits : $"{sign}{digits[..^scale]}.{digits[^scale..]}";
    }
}
