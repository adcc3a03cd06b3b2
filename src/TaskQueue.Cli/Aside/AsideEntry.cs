using System.Text.Json.Nodes;
using TaskQueue.Messaging;

namespace TaskQueue.Cli.Aside;

/// <summary>What a list says of a message.</summary>
/// <param name="Properties">Its properties, without what is long.</param>
/// <param name="SizeBytes">The size of its body.</param>
internal sealed record AsideEntry(MessageProperties Properties, long SizeBytes)
{
    private const int ErrorLength = 60, ReasonLength = 80, IdLength = 64;

    private static readonly Column[] OfBuried =
    [
        new("REASON", entry => entry.Cell(HeaderNames.Reason)),
        new("ATTEMPTS", entry => entry.Cell(HeaderNames.Attempts)) { IsNumber = true },
        new("BURIED BY", entry => entry.Cell(HeaderNames.BuriedBy)),
        new("LAST FAILURE", entry => entry.Instant(HeaderNames.LastFailure)),
        new("HOST", entry => entry.Cell(HeaderNames.Host)),
        new("WORKER", entry => entry.Cell(HeaderNames.Worker)),
        Size("SIZE"),
        new("ERROR", entry => entry.Cell(HeaderNames.Error, ErrorLength)),
    ];

    private static readonly Column[] OfRejected =
    [
        new("CONTENT TYPE", entry => entry.ContentType), Size("SIZE"), new("REASON", entry => entry.Cell(HeaderNames.Reason, ReasonLength)),
    ];

    private static readonly Column[] OfUnroutable =
    [
        new("WORKER TYPE", entry => entry.Cell(HeaderNames.UnroutableType)), new("SINCE", entry => entry.Instant(HeaderNames.UnroutableSince)),
        new("CONTENT TYPE", entry => entry.ContentType), Size("SIZE"),
    ];

    private string Id => PlainText.Line(Properties.MessageId ?? "-", IdLength);

    private string ContentType => PlainText.Line(Properties.ContentType ?? "-", IdLength);

    /// <summary>Of a delivery. Its body and its trace are not kept.</summary>
    public static AsideEntry Of(Delivery delivery)
    {
        var properties = delivery.Properties.WithoutDeliveryCounts();
        var headers = properties.Headers?.Where(header => header.Key.StartsWith(HeaderNames.Prefix, StringComparison.Ordinal) && header.Key != HeaderNames.Trace)
            .ToDictionary(StringComparer.Ordinal);
        return new AsideEntry(properties with { Headers = headers }, delivery.Body.Length);
    }

    /// <summary>The columns of a list: their headings, and what stands in them.</summary>
    public static IReadOnlyList<Column> ColumnsOf(AsideKind kind) =>
    [
        new("ID", entry => entry.Id),
        .. kind == AsideKind.Buried ? OfBuried : kind == AsideKind.Unroutable ? OfUnroutable : OfRejected,
    ];

    /// <summary>The columns on a terminal, which is narrow: fewer, of several lines each. The first one may wrap.</summary>
    public static IReadOnlyList<Column> ShortColumnsOf(AsideKind kind) =>
        kind == AsideKind.Buried
            ?
            [
                new("Task, error", entry => $"{entry.Id}\n{entry.Cell(HeaderNames.Error, ErrorLength)}"),
                new("Failure, where", entry => $"{entry.Cell(HeaderNames.Reason)}, {entry.Cell(HeaderNames.Attempts)}×\n{entry.Cell(HeaderNames.BuriedBy)}\n{entry.Instant(HeaderNames.LastFailure)}\n{entry.Cell(HeaderNames.Host)}\n{entry.Cell(HeaderNames.Worker)}"),
                Size("Size"),
            ]
            : kind == AsideKind.Unroutable
                ? [new("Task", entry => entry.Id), new("Worker type, since", entry => $"{entry.Cell(HeaderNames.UnroutableType)}\n{entry.Instant(HeaderNames.UnroutableSince)}"), Size("Size")]
                : [new("Message, reason", entry => $"{entry.Id}\n{entry.Cell(HeaderNames.Reason, ReasonLength)}"), new("Content type", entry => entry.ContentType), Size("Size")];

    public JsonObject ToJson(AsideKind kind)
    {
        var json = new JsonObject { ["message_id"] = Properties.MessageId };
        if (kind == AsideKind.Unroutable)
        {
            json["worker_type"] = Properties.HeaderText(HeaderNames.UnroutableType);
            json["since"] = Properties.HeaderText(HeaderNames.UnroutableSince);
        }
        else
        {
            json["reason"] = Properties.HeaderText(HeaderNames.Reason);
        }

        if (kind == AsideKind.Buried)
        {
            json["error"] = Properties.HeaderText(HeaderNames.Error);
            json["error_type"] = Properties.HeaderText(HeaderNames.ErrorType);
            json["attempts"] = long.TryParse(Properties.HeaderText(HeaderNames.Attempts), out var attempts) ? attempts : null;
            json["buried_by"] = Properties.HeaderText(HeaderNames.BuriedBy);
            json["first_failure"] = Properties.HeaderText(HeaderNames.FirstFailure);
            json["last_failure"] = Properties.HeaderText(HeaderNames.LastFailure);
            json["host"] = Properties.HeaderText(HeaderNames.Host);
            json["worker"] = Properties.HeaderText(HeaderNames.Worker);
        }

        json["content_type"] = Properties.ContentType;
        json["size_bytes"] = SizeBytes;
        return json;
    }

    private static Column Size(string heading) => new(heading, entry => $"{entry.SizeBytes:N0}") { IsNumber = true };

    private string Cell(string header, int length = IdLength) => Properties.HeaderText(header) is { Length: > 0 } text ? PlainText.Line(text, length) : "-";

    // Fractions of a second help nobody who reads a table.
    private string Instant(string header) => Instants.Second(Properties.HeaderText(header));

    /// <summary>A column.</summary>
    /// <param name="Heading">What stands above it.</param>
    /// <param name="Cell">What stands in it.</param>
    internal sealed record Column(string Heading, Func<AsideEntry, string> Cell)
    {
        public bool IsNumber { get; init; }
    }
}
