using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Status;

/// <summary>A report for people.</summary>
internal static class StatusTable
{
    private static readonly string[] Headings = ["QUEUE", "READY", "CONSUMERS"];

    /// <summary>For pipes and files: columns of text, then the warnings.</summary>
    public static string Plain(StatusReport report) =>
        PlainText.Columns([Headings, .. report.Queues.Select(Cells)], 1, 2) + string.Concat(report.Warnings.Select(warning => $"warning: {warning}\n"))
        + (report.Services.Count > 0 ? "\n" + Tables.Plain(ServiceTable.Of(report.Services)) : "");

    /// <summary>For terminals.</summary>
    public static IRenderable Coloured(StatusReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
        table.AddColumn(new TableColumn("Queue").NoWrap());
        table.AddColumn(new TableColumn("Ready").RightAligned());
        table.AddColumn(new TableColumn("Consumers").RightAligned());
        foreach (var queue in report.Queues)
        {
            var style = queue switch
            {
                { Warning: not null } => new Style(Color.Yellow),
                { Ready: null } => new Style(Color.Grey),
                _ => Style.Plain,
            };
            table.AddRow(Cells(queue).Select(cell => new Text(cell, style)));
        }

        IEnumerable<IRenderable> services = report.Services.Count > 0 ? [Tables.Coloured(ServiceTable.Of(report.Services))] : [];
        return new Rows([table, .. services, .. report.Warnings.Select(warning => new Text("warning: " + warning, new Style(Color.Yellow)))]);
    }

    private static string[] Cells(QueueStatus queue) =>
        [queue.Name, queue.Ready?.ToString("N0") ?? "-", queue.Consumers?.ToString("N0") ?? "-"];
}
