using Spectre.Console;
using Spectre.Console.Rendering;
using TaskQueue.Cli.Screen;

namespace TaskQueue.Cli.Status;

/// <summary>A report for people.</summary>
internal static class StatusTable
{
    private const int WarningLength = 700;

    /// <summary>For pipes and files: columns of text, then the warnings.</summary>
    public static string Plain(StatusReport report) =>
        Tables.Plain(Queues(report)) + string.Concat(report.Warnings.Select(warning => $"warning: {warning}\n"))
        + (report.Services.Count > 0 ? "\n" + Tables.Plain(ServiceTable.Of(report.Services)) : "");

    /// <summary>For terminals.</summary>
    /// <param name="report">The report.</param>
    /// <param name="width">The cells of a line.</param>
    public static IRenderable Coloured(StatusReport report, int width)
    {
        IEnumerable<IRenderable> services = report.Services.Count > 0 ? [Tables.Coloured(ServiceTable.Of(report.Services), width)] : [];
        return new Rows([Tables.Coloured(Queues(report), width), .. services, .. report.Warnings.Select(warning => new Text("warning: " + warning, new Style(Color.Yellow)))]);
    }

    /// <summary>For a screen.</summary>
    public static IReadOnlyList<ScreenPart> Parts(StatusReport report) =>
    [
        new ScreenPart(
            Queues(report),
            [.. report.Warnings.Select(warning => $"warning: {PlainText.Line(warning, WarningLength)}")]),
        .. report.Services.Count > 0 ? [new ScreenPart(ServiceTable.Of(report.Services), [])] : Array.Empty<ScreenPart>(),
    ];

    private static Tables.Table Queues(StatusReport report) => new(
        ["Queue", "Ready", "Consumers"],
        [.. report.Queues.Select(queue => new Tables.Row(
            [queue.Name, queue.Ready?.ToString("N0") ?? "-", queue.Consumers?.ToString("N0") ?? "-"],
            queue switch
            {
                { Warning: not null } => Tables.Mood.Doubtful,
                { Ready: null } => Tables.Mood.Asleep,
                _ => Tables.Mood.Plain,
            }))],
        1, 2)
    {
        Values = [3, 2, 1],
    };
}
