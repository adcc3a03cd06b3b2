using System.Globalization;
using Spectre.Console;

namespace TaskQueue.Demo;

/// <summary>Shows what happens while it happens, then all of it in a table.</summary>
internal sealed class Display(IAnsiConsole console)
{
    // A pipe has no width of its own, and 80 columns are too few for the table.
    private const int PipeWidth = 140;

    // What the table's other columns and its borders take; the two wide ones share the rest.
    private const int OtherColumns = 58, NarrowestText = 12, WidestText = 40;

    private readonly bool _terminal = console.Profile.Out.IsTerminal && console.Profile.Capabilities.Ansi;

    /// <summary>Shows outcomes as they come: bars on a terminal, lines elsewhere.</summary>
    /// <param name="outcomes">The outcomes to come.</param>
    /// <param name="totals">How many there will be of each worker type.</param>
    /// <returns>All of them, in the order in which they came.</returns>
    public async Task<IReadOnlyList<Outcome>> FollowAsync(
        IAsyncEnumerable<Outcome> outcomes, IEnumerable<(string WorkerType, int Count)> totals)
    {
        var all = new List<Outcome>();
        if (!_terminal)
        {
            await foreach (var outcome in outcomes)
            {
                all.Add(outcome);
                await console.Profile.Out.Writer.WriteLineAsync(Line(outcome));
            }

            return all;
        }

        await console.Progress().Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn()).StartAsync(async progress =>
        {
            var bars = totals.ToDictionary(total => total.WorkerType, total => progress.AddTask(total.WorkerType, maxValue: total.Count));
            await foreach (var outcome in outcomes)
            {
                all.Add(outcome);
                var bar = bars[outcome.WorkerType];
                bar.Increment(1);
                bar.Description = $"{Markup.Escape(outcome.WorkerType)} {bar.Value}/{bar.MaxValue}";
            }
        });
        return all;
    }

    /// <summary>Shows everything that came.</summary>
    public void ShowTable(IEnumerable<Outcome> outcomes)
    {
        if (!_terminal)
        {
            console.Profile.Width = PipeWidth;
        }

        var longest = Math.Clamp((console.Profile.Width - OtherColumns) / 2, NarrowestText, WidestText);
        var table = new Table().Border(_terminal ? TableBorder.Rounded : TableBorder.Ascii).BorderColor(Color.Grey);
        table.AddColumns(Column("What"), Column("Worker type"), Column("Format"), Column("Outcome"), Column("Result"), Column("ms").RightAligned());
        foreach (var outcome in outcomes)
        {
            table.AddRow(
                new Text(Short(outcome.What, longest)),
                new Text(outcome.WorkerType),
                new Text(outcome.Format),
                new Text(Word(outcome), Colour(outcome)),
                new Text(Short(outcome.Result, longest)),
                new Text(Milliseconds(outcome.Took)));
        }

        console.Write(table);
    }

    private static string Line(Outcome outcome) =>
        $"{Word(outcome),-9} {outcome.WorkerType,-9} {Short(outcome.What, WidestText)} ({Milliseconds(outcome.Took)} ms)";

    private static TableColumn Column(string name) => new TableColumn(name).NoWrap();

    private static string Word(Outcome outcome) => outcome.Ending switch
    {
        Ending.Silence => "no answer",
        Ending.Done when outcome.Instead is not null => "wrong",
        var ending => ending.ToString().ToLowerInvariant(),
    };

    private static Style Colour(Outcome outcome) => outcome switch
    {
        { Instead: not null } => new Style(Color.Red, decoration: Decoration.Bold),
        { Ending: Ending.Done } => new Style(Color.Green),
        _ => new Style(Color.Yellow),
    };

    private static string Milliseconds(TimeSpan time) => time.TotalMilliseconds.ToString("F0", CultureInfo.InvariantCulture);

    private static string Short(string text, int longest)
    {
        var line = text.ReplaceLineEndings("");
        return line.Length <= longest ? line : string.Concat(line.AsSpan(0, longest - 1), "…");
    }
}
