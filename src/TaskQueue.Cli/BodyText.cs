using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli;

/// <summary>Bodies of messages for people.</summary>
internal static class BodyText
{
    private const int HexHead = 256, HexRow = 16;

    private static readonly JsonSerializerOptions Indented = new(JsonLine.Options) { WriteIndented = true };

    /// <summary>For people: JSON indented, text as it is but for control characters, anything else the first bytes in hexadecimal.</summary>
    public static string Readable(ReadOnlyMemory<byte> body) =>
        BodyForm.TryJson(body, out var node) && node is JsonObject or JsonArray ? node.ToJsonString(Indented)
        : BodyForm.TryText(body, out var text) && !text.Contains('\0', StringComparison.Ordinal) ? PlainText.Lines(text)
        : Hex(body.Span);

    private static string Hex(ReadOnlySpan<byte> body)
    {
        var head = body[..Math.Min(HexHead, body.Length)];
        var dump = new StringBuilder();
        for (var at = 0; at < head.Length; at += HexRow)
        {
            var row = head[at..Math.Min(at + HexRow, head.Length)];
            dump.Append($"{at:x8}  ");
            foreach (var value in row)
            {
                dump.Append($"{value:x2} ");
            }

            dump.Append(' ', (HexRow - row.Length) * 3).Append(' ');
            foreach (var value in row)
            {
                dump.Append(value is >= (byte)' ' and <= (byte)'~' ? (char)value : '.');
            }

            dump.Append('\n');
        }

        return dump.Append(body.Length > head.Length ? $"... {body.Length - head.Length:N0} bytes more; --body writes them all" : "").ToString().TrimEnd('\n');
    }
}
