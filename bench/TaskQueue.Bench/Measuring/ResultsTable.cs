using System.Globalization;
using Spectre.Console;

namespace TaskQueue.Bench.Measuring;

/// <summary>Prints results for people.</summary>
internal static class ResultsTable
{
    public static void Print(Results results, IAnsiConsole console)
    {
        var scenario = results.Scenario;
        var table = new Table().Border(TableBorder.Markdown).AddColumn(new TableColumn(""));
        foreach (var column in (IEnumerable<string>)[.. results.Metrics.Select(metric => metric.Name), scenario.Comparison.Name, .. results.HasBefore ? [Comparison.OfBefore.Name] : (string[])[], "messages"])
        {
            table.AddColumn(new TableColumn(Markup.Escape(column)).RightAligned().NoWrap());
        }

        foreach (var subject in results.Subjects)
        {
            table.AddRow(
            [
                Markup.Escape(subject.Name),
                .. results.Metrics.Select(metric => Cell(results.Spread(subject, metric), metric.Decimals)),
                Cell(results.Compare(subject), scenario.Comparison.Decimals),
                .. results.HasBefore ? [Cell(results.CompareWithBefore(subject), Comparison.OfBefore.Decimals)] : (string[])[],
                Cell(Spread.Of(results.Of(subject).Select(run => (double)run.Messages)) is { } messages ? messages with { Min = messages.Median, Max = messages.Median } : null, 0),
            ]);
        }

        console.WriteLine();
        console.WriteLine($"{scenario.Name}, {(results.QueueType == Messaging.QueueType.Quorum ? "quorum" : "classic")} queues: {scenario.Description}.");
        console.Write(table);
    }

    private static string Cell(Spread? spread, int decimals) => spread switch
    {
        null => "",
        _ when spread.Min == spread.Max => Number(spread.Median, decimals),
        _ => $"{Number(spread.Median, decimals)} ({Number(spread.Min, decimals)} to {Number(spread.Max, decimals)})",
    };

    private static string Number(double value, int decimals) => value.ToString($"N{decimals}", CultureInfo.InvariantCulture);
}
