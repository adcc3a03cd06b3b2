using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>What a list says of a message.</summary>
/// <param name="Properties">Its properties, without what is long.</param>
/// <param name="SizeBytes">The size of its body.</param>
internal sealed record AsideEntry(MessageProperties Properties, long SizeBytes)
{
    private const int ErrorLength = 60, ReasonLength = 80, IdLength = 64;

    /// <summary>Of a delivery. Its body and its trace are not kept.</summary>
    public static AsideEntry Of(Delivery delivery)
    {
        var properties = delivery.Properties.WithoutDeliveryCounts();
        var headers = properties.Headers?.Where(header => header.Key.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal) && header.Key != HeaderNames.Trace)
            .ToDictionary(StringComparer.Ordinal);
        return new AsideEntry(properties with { Headers = headers }, delivery.Body.Length);
    }

    public static IReadOnlyList<string> Headings(AsideKind kind) => kind == AsideKind.Buried
        ? ["ID", "REASON", "ATTEMPTS", "LAST FAILURE", "HOST", "WORKER", "SIZE", "ERROR"]
        : ["ID", "CONTENT TYPE", "SIZE", "REASON"];

    /// <summary>Which columns are numbers.</summary>
    public static IReadOnlyList<int> Numbers(AsideKind kind) => kind == AsideKind.Buried ? [2, 6] : [2];

    public IReadOnlyList<string> Cells(AsideKind kind)
    {
        var id = PlainText.Line(Properties.MessageId ?? "-", IdLength);
        return kind == AsideKind.Buried
            ?
            [
                id, Cell(HeaderNames.Reason, IdLength), Cell(HeaderNames.Attempts, IdLength), Seconds(Properties.HeaderText(HeaderNames.LastFailure)),
                Cell(HeaderNames.Host, IdLength), Cell(HeaderNames.Worker, IdLength), $"{SizeBytes:N0}", Cell(HeaderNames.Error, ErrorLength),
            ]
            : [id, PlainText.Line(Properties.ContentType ?? "-", IdLength), $"{SizeBytes:N0}", Cell(HeaderNames.Reason, ReasonLength)];
    }

    /// <summary>On a terminal, which is narrow: fewer columns, of two lines each. The first one may wrap.</summary>
    public static IReadOnlyList<string> ShortHeadings(AsideKind kind) => kind == AsideKind.Buried
        ? ["Task, error", "Failure", "Where", "Size"]
        : ["Message, reason", "Content type", "Size"];

    /// <summary>The cells under <see cref="ShortHeadings"/>.</summary>
    public IReadOnlyList<string> ShortCells(AsideKind kind) => (Cells(kind), kind == AsideKind.Buried) switch
    {
        ([var id, var reason, var attempts, var last, var host, var worker, var size, var error], true) =>
            [$"{id}\n{error}", $"{reason}, {attempts}×\n{last}", $"{host}\n{worker}", size],
        (var cells, _) => [$"{cells[0]}\n{cells[3]}", cells[1], cells[2]],
    };

    public JsonObject ToJson(AsideKind kind)
    {
        var json = new JsonObject
        {
            ["message_id"] = Properties.MessageId,
            ["reason"] = Properties.HeaderText(HeaderNames.Reason),
        };
        if (kind == AsideKind.Buried)
        {
            json["error"] = Properties.HeaderText(HeaderNames.Error);
            json["error_type"] = Properties.HeaderText(HeaderNames.ErrorType);
            json["attempts"] = long.TryParse(Properties.HeaderText(HeaderNames.Attempts), out var attempts) ? attempts : null;
            json["first_failure"] = Properties.HeaderText(HeaderNames.FirstFailure);
            json["last_failure"] = Properties.HeaderText(HeaderNames.LastFailure);
            json["host"] = Properties.HeaderText(HeaderNames.Host);
            json["worker"] = Properties.HeaderText(HeaderNames.Worker);
        }

        json["content_type"] = Properties.ContentType;
        json["size_bytes"] = SizeBytes;
        return json;
    }

    private string Cell(string header, int length) => Properties.HeaderText(header) is { Length: > 0 } text ? PlainText.Line(text, length) : "-";

    // Fractions of a second help nobody who reads a table.
    private static string Seconds(string? instant) =>
        DateTimeOffset.TryParse(instant, System.Globalization.CultureInfo.InvariantCulture, out var at)
            ? at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture)
            : "-";
}
