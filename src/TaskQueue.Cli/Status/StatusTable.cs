using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace TaskQueue.Cli.Status;

/// <summary>A report for people.</summary>
internal static class StatusTable
{
    private static readonly string[] Headings = ["QUEUE", "READY", "CONSUMERS"];

    /// <summary>For pipes and files: columns of text, then the warnings.</summary>
    public static string Plain(StatusReport report)
    {
        var rows = (IReadOnlyList<string[]>)[Headings, .. report.Queues.Select(Cells)];
        var widths = Headings.Select((_, column) => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
        {
            text.Append(row[0].PadRight(widths[0]))
                .Append("  ").Append(row[1].PadLeft(widths[1]))
                .Append("  ").Append(row[2].PadLeft(widths[2]))
                .Append('\n');
        }

        foreach (var warning in report.Warnings)
        {
            text.Append("warning: ").Append(warning).Append('\n');
        }

        return text.ToString();
    }

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

        return new Rows([table, .. report.Warnings.Select(warning => new Text("warning: " + warning, new Style(Color.Yellow)))]);
    }

    private static string[] Cells(QueueStatus queue) =>
        [queue.Name, queue.Ready?.ToString("N0") ?? "-", queue.Consumers?.ToString("N0") ?? "-"];
}
