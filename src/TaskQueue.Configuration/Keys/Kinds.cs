using System.Globalization;
using System.Text;

namespace TaskQueue.Configuration.Keys;

/// <summary>The simple kinds of values.</summary>
internal static class Kinds
{
    /// <summary>The longest text that AMQP's short strings (names of queues, users, virtual hosts) hold.</summary>
    public const int MaxShortStringBytes = 255;

    private const int OctalDigits = 4, MaxUmask = 0x1FF;

    private static readonly string[] Yes = ["yes", "true", "on", "1"];
    private static readonly string[] No = ["no", "false", "off", "0"];

    public static ValueKind<bool> YesOrNo { get; } = new(
        "yes or no",
        (string text, out bool value) =>
        {
            value = Yes.Contains(text, StringComparer.OrdinalIgnoreCase);
            return value || No.Contains(text, StringComparer.OrdinalIgnoreCase);
        },
        value => value ? Yes[0] : No[0]);

    /// <summary>Any text, as passwords are.</summary>
    public static ValueKind<string> AnyText { get; } = Text("text", _ => true);

    public static ValueKind<string> ShortString { get; } = Text(
        $"1 to {MaxShortStringBytes} bytes", text => text.Length > 0 && Encoding.UTF8.GetByteCount(text) <= MaxShortStringBytes);

    /// <summary>A path, which the binder has made absolute.</summary>
    public static ValueKind<string> RoutingKey { get; } = Text(
        $"1 to {MaxShortStringBytes} bytes that do not begin with \"{QueueName.BrokersOwn}\", which belongs to the broker",
        text => text.Length > 0 && QueueName.Fits(text, MaxShortStringBytes));

    public static ValueKind<string> Path { get; } = Text("a path", text => text.Length > 0);

    public static ValueKind<string> AbsolutePath { get; } = Text("an absolute path", text => text.StartsWith('/'));

    public static ValueKind<string> WorkerType { get; } = Text(
        $"the name of a worker type ({WorkerTypeName.Rule})", text => WorkerTypeName.IsValid(text));

    /// <summary>A login name. Beyond what programs that take one would misread, accounts are the host's business.</summary>
    public static ValueKind<string> UserName { get; } = Text(
        "a login name", text => text.Length > 0 && text[0] != '-' && !text.Any(c => char.IsWhiteSpace(c) || c is ':' or '/'));

    public static ValueKind<int> Umask { get; } = new(
        "an octal number from 000 to 777, such as 027",
        (string text, out int value) =>
        {
            value = 0;
            if (text.Length is 0 or > OctalDigits || text.Any(c => c is < '0' or > '7'))
            {
                return false;
            }

            value = Convert.ToInt32(text, fromBase: 8);
            return value <= MaxUmask;
        },
        value => Convert.ToString(value, toBase: 8).PadLeft(OctalDigits - 1, '0'));

    public static ValueKind<int> Number(int from, int to) => new(
        $"a number from {from} to {to}",
        (string text, out int value) =>
            int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= from && value <= to,
        value => value.ToString(CultureInfo.InvariantCulture));

    public static ValueKind<long> LongNumber(long from, long to) => new(
        $"a number from {from} to {to}",
        (string text, out long value) =>
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value) && value >= from && value <= to,
        value => value.ToString(CultureInfo.InvariantCulture));

    public static ValueKind<double> Factor(double from, double to) => new(
        string.Create(CultureInfo.InvariantCulture, $"a number from {from} to {to}, such as 1.5"),
        (string text, out double value) =>
            double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out value) && value >= from && value <= to,
        value => value.ToString(CultureInfo.InvariantCulture));

    public static ValueKind<T> OneOf<T>(params (string Text, T Value)[] choices)
        where T : struct, Enum => new(
        $"one of {string.Join(", ", choices.Select(choice => choice.Text))}",
        (string text, out T value) =>
        {
            foreach (var choice in choices)
            {
                if (string.Equals(choice.Text, text, StringComparison.OrdinalIgnoreCase))
                {
                    value = choice.Value;
                    return true;
                }
            }

            value = default;
            return false;
        },
        value => choices.First(choice => choice.Value.Equals(value)).Text);

    public static ValueKind<string> Text(string expected, Func<string, bool> isValid) => new(
        expected,
        (string text, out string value) =>
        {
            value = text;
            return isValid(text);
        },
        text => text);
}
