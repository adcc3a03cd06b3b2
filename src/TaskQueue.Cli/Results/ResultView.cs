using System.Text;
using Spectre.Console;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Results;

/// <summary>A result for people: a line that says what it is, and its body.</summary>
internal static class ResultView
{
    private const string Success = "success";

    private const int LongestBody = 4000, LongestLine = 200;

    /// <summary>For pipes and files.</summary>
    public static string Text(MessageProperties properties, ReadOnlyMemory<byte> body) => $"{Head(properties, body)}\n{Rest(properties, body)}";

    /// <summary>For terminals.</summary>
    public static void Write(IAnsiConsole console, MessageProperties properties, ReadOnlyMemory<byte> body)
    {
        var colour = properties.HeaderText(HeaderNames.Outcome) switch
        {
            Success => Color.Green,
            null => Color.Grey,
            _ => Color.Red,
        };
        console.Write(new Text(Head(properties, body) + "\n", new Style(colour)));
        console.Write(new Text(Rest(properties, body)));
    }

    private static string Head(MessageProperties properties, ReadOnlyMemory<byte> body) => string.Join("  ", new[]
    {
        Time(properties.Timestamp),
        PlainText.Line(properties.HeaderText(HeaderNames.Outcome) ?? "message", LongestLine),
        PlainText.Line(properties.HeaderText(HeaderNames.ResultOf) ?? "-", LongestLine),
        PlainText.Line(properties.CorrelationId ?? properties.MessageId ?? "-", LongestLine),
        PlainText.Line(properties.ContentType ?? "-", LongestLine),
        Quantity.Of(body.Length, "byte"),
    });

    private static string Time(long? seconds) => seconds is >= 0 and < 253_402_300_800
        ? Instants.Second(DateTimeOffset.FromUnixTimeSeconds(seconds.Value))
        : "-";

    private static string Rest(MessageProperties properties, ReadOnlyMemory<byte> body)
    {
        var text = new StringBuilder();
        if (properties.HeaderText(HeaderNames.Error) is { } error)
        {
            text.Append("  error: ").Append(PlainText.Line(error, LongestBody)).Append('\n');
        }

        var readable = body.IsEmpty ? "" : BodyText.Readable(body).TrimEnd('\n');
        if (readable.Length > LongestBody)
        {
            readable = readable[..LongestBody] + "…\n(cut; --json prints all of it)";
        }

        return text.Append(readable.Length == 0 ? "" : $"  {readable.Replace("\n", "\n  ", StringComparison.Ordinal)}\n").Append('\n').ToString();
    }
}
