using System.Text;
using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>All of a message, for people.</summary>
internal static class MessageView
{
    private const int LongestLine = 4096;

    public static string Of(Delivery delivery)
    {
        var text = new StringBuilder();
        foreach (var (name, value) in MessageJson.PropertiesOf(delivery.Properties))
        {
            text.Append($"{name}: {PlainText.Line(value, LongestLine)}\n");
        }

        var headers = MessageJson.HeadersOf(delivery.Properties);
        foreach (var (name, value) in headers.Where(header => header.Key != HeaderNames.Trace).OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            text.Append($"header {PlainText.Line(name, LongestLine)}: {PlainText.Line(HeaderText(value), LongestLine)}\n");
        }

        if (headers.TryGetValue(HeaderNames.Trace, out var trace))
        {
            text.Append($"trace:\n{Indented(PlainText.Lines(HeaderText(trace)))}\n");
        }

        if (RawEnvelope.Open(delivery.Properties, delivery.Body) is not var (original, body))
        {
            return text.Append($"body, {Quantity.Of(delivery.Body.Length, "byte")}:\n{Indented(BodyText.Readable(delivery.Body))}\n").ToString();
        }

        text.Append("the message as it came:\n");
        foreach (var (name, value) in MessageJson.PropertiesOf(original))
        {
            text.Append($"  {name}: {PlainText.Line(value, LongestLine)}\n");
        }

        foreach (var (name, value) in MessageJson.HeadersOf(original).OrderBy(header => header.Key, StringComparer.Ordinal))
        {
            text.Append($"  header {PlainText.Line(name, LongestLine)}: {PlainText.Line(HeaderText(value), LongestLine)}\n");
        }

        return text.Append($"  body, {Quantity.Of(body.Length, "byte")}:\n  {Indented(BodyText.Readable(body)).Replace("\n", "\n  ", StringComparison.Ordinal)}\n").ToString();
    }

    private static string HeaderText(object? value) => value switch
    {
        null => "",
        byte[] bytes => "0x" + Convert.ToHexStringLower(bytes),
        bool flag => flag ? "true" : "false",
        IFormattable number => number.ToString(null, System.Globalization.CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    private static string Indented(string lines) => "  " + lines.TrimEnd('\n').Replace("\n", "\n  ", StringComparison.Ordinal);
}
