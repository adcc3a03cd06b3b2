using TaskQueue.Messaging;
using TaskQueue.Messaging.Aside;

namespace TaskQueue.Cli.Aside;

/// <summary>The columns of lists of messages that were set aside.</summary>
internal static class AsideColumns
{
    private const int ErrorLength = 60, ReasonLength = 80, IdLength = 64;

    private static readonly Column[] OfBuried =
    [
        new("REASON", entry => Cell(entry, HeaderNames.Reason)),
        new("ATTEMPTS", entry => Cell(entry, HeaderNames.Attempts)) { IsNumber = true },
        new("BURIED BY", entry => Cell(entry, HeaderNames.BuriedBy)),
        new("LAST FAILURE", entry => Instant(entry, HeaderNames.LastFailure)),
        new("HOST", entry => Cell(entry, HeaderNames.Host)),
        new("WORKER", entry => Cell(entry, HeaderNames.Worker)),
        Size("SIZE"),
        new("ERROR", entry => Cell(entry, HeaderNames.Error, ErrorLength)),
    ];

    private static readonly Column[] OfRejected =
    [
        new("CONTENT TYPE", ContentType), Size("SIZE"), new("REASON", entry => Cell(entry, HeaderNames.Reason, ReasonLength)),
    ];

    private static readonly Column[] OfUnroutable =
    [
        new("WORKER TYPE", entry => Cell(entry, HeaderNames.UnroutableType)), new("SINCE", entry => Instant(entry, HeaderNames.UnroutableSince)),
        new("CONTENT TYPE", ContentType), Size("SIZE"),
    ];

    /// <summary>The columns of a list: their headings, and what stands in them.</summary>
    public static IReadOnlyList<Column> Of(AsideKind kind) =>
    [
        new("ID", Id),
        .. kind == AsideKind.Buried ? OfBuried : kind == AsideKind.Unroutable ? OfUnroutable : OfRejected,
    ];

    /// <summary>The columns on a terminal, which is narrow: fewer, of several lines each. The first one may wrap.</summary>
    public static IReadOnlyList<Column> ShortOf(AsideKind kind) =>
        kind == AsideKind.Buried
            ?
            [
                new("Task, error", entry => $"{Id(entry)}\n{Cell(entry, HeaderNames.Error, ErrorLength)}"),
                new("Failure, where", entry => $"{Cell(entry, HeaderNames.Reason)}, {Cell(entry, HeaderNames.Attempts)}×\n{Cell(entry, HeaderNames.BuriedBy)}\n{Instant(entry, HeaderNames.LastFailure)}\n{Cell(entry, HeaderNames.Host)}\n{Cell(entry, HeaderNames.Worker)}"),
                Size("Size"),
            ]
            : kind == AsideKind.Unroutable
                ? [new("Task", Id), new("Worker type, since", entry => $"{Cell(entry, HeaderNames.UnroutableType)}\n{Instant(entry, HeaderNames.UnroutableSince)}"), Size("Size")]
                : [new("Message, reason", entry => $"{Id(entry)}\n{Cell(entry, HeaderNames.Reason, ReasonLength)}"), new("Content type", ContentType), Size("Size")];

    private static Column Size(string heading) => new(heading, entry => $"{entry.SizeBytes:N0}") { IsNumber = true };

    private static string Id(AsideMessage entry) => PlainText.Line(entry.Properties.MessageId ?? "-", IdLength);

    private static string ContentType(AsideMessage entry) => PlainText.Line(entry.Properties.ContentType ?? "-", IdLength);

    private static string Cell(AsideMessage entry, string header, int length = IdLength) => entry.Properties.HeaderText(header) is { Length: > 0 } text ? PlainText.Line(text, length) : "-";

    // Fractions of a second help nobody who reads a table.
    private static string Instant(AsideMessage entry, string header) => Instants.Second(entry.Properties.HeaderText(header));

    /// <summary>A column.</summary>
    /// <param name="Heading">What stands above it.</param>
    /// <param name="Cell">What stands in it.</param>
    internal sealed record Column(string Heading, Func<AsideMessage, string> Cell)
    {
        public bool IsNumber { get; init; }
    }
}
