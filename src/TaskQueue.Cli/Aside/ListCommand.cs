using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json.Nodes;
using Spectre.Console;
using TaskQueue.Cli.Help;

namespace TaskQueue.Cli.Aside;

/// <summary><c>list</c>: a line for each message.</summary>
internal sealed class ListCommand
{
    private const int DefaultLimit = 50;

    private readonly Option<int> _limit = new("--limit", "-n")
    {
        Description = $"How many to list at most. Default {DefaultLimit}.",
        HelpName = "N",
        DefaultValueFactory = _ => DefaultLimit,
        CustomParser = ParseLimit,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print a line of JSON." };

    private readonly AsideTarget _target;
    private readonly SelectionOptions _selecting;
    private readonly Surroundings _surroundings;

    public ListCommand(AsideTarget target, Surroundings surroundings)
    {
        _target = target;
        _surroundings = surroundings;
        _selecting = new SelectionOptions(target.Kind, "List them all, whatever the limit.");
        Command = new DescribedCommand(
            "list", $"List {target.Kind.Name} {target.Kind.Noun}s, and say how many more there are.", target.Kind.Examples("list"));
        target.AddTo(Command);
        _selecting.AddTo(Command, isRequired: false);
        Command.Add(_limit);
        Command.Add(_json);
        Command.SetAction(RunAsync);
    }

    public Command Command { get; }

    private async Task<int> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        var (connector, queue, _) = _target.Read(parsed);
        var selection = _selecting.Read(parsed);
        var limit = selection.IsAll ? int.MaxValue : parsed.GetValue(_limit);
        List<AsideEntry> entries = [];
        var matching = 0L;
        await using var broker = await connector.ConnectBrokerAsync(cancellationToken);
        var total = await QueueWalk.WalkAsync(
            broker,
            queue,
            _target.Looking.Read(parsed, selection.IsEverything ? limit : long.MaxValue),
            delivery =>
            {
                if (selection.Takes(delivery.Properties) && ++matching <= limit)
                {
                    entries.Add(AsideEntry.Of(delivery));
                }

                return Task.CompletedTask;
            },
            () => Task.CompletedTask,
            cancellationToken);

        var more = (selection.IsEverything ? Math.Max(total ?? 0, entries.Count) : matching) - entries.Count;
        if (parsed.GetValue(_json))
        {
            await _surroundings.Out.WriteLineAsync(JsonLine.Of(new JsonObject
            {
                ["queue"] = queue,
                ["exists"] = total is not null,
                ["messages"] = new JsonArray([.. entries.Select(entry => entry.ToJson(_target.Kind))]),
                ["more"] = more,
                ["not_found"] = new JsonArray([.. selection.NotFound.Select(id => (JsonNode)id)]),
            }));
        }
        else
        {
            await WriteAsync(entries);
            await NoteAsync(queue, total, entries.Count, more);
        }

        return await Outcome.NotFoundAsync(selection, _target.Kind, queue, _surroundings, parsed.GetValue(_json));
    }

    private static int ParseLimit(ArgumentResult argument)
    {
        var text = argument.Tokens[0].Value;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit > 0)
        {
            return limit;
        }

        argument.AddError($"--limit \"{text}\": expected a number from 1 to {int.MaxValue}.");
        return DefaultLimit;
    }

    private async Task WriteAsync(List<AsideEntry> entries)
    {
        if (!_surroundings.IsTerminal)
        {
            await _surroundings.Out.WriteAsync(PlainText.Columns(
                [AsideEntry.Headings(_target.Kind), .. entries.Select(entry => entry.Cells(_target.Kind))], [.. AsideEntry.Numbers(_target.Kind)]));
            return;
        }

        if (entries.Count > 0)
        {
            var headings = AsideEntry.ShortHeadings(_target.Kind);
            var table = new Table().Border(TableBorder.Rounded).BorderColor(Color.Grey);
            table.AddColumns([.. headings.Select((heading, i) => new TableColumn(heading) { NoWrap = i > 0 })]);
            table.Columns[^1].RightAligned();
            foreach (var entry in entries)
            {
                table.AddRow(entry.ShortCells(_target.Kind).Select(cell => new Text(cell)));
            }

            Tables.Terminal(_surroundings).Write(table);
        }
    }

    // Beside the output, which may go into a program.
    private async Task NoteAsync(string queue, long? total, int listed, long more)
    {
        var note = (total, listed, more) switch
        {
            (null, _, _) => $"{queue}: there is no such queue, so nothing was ever {_target.Kind.Name}",
            (_, 0, _) => $"{queue}: no {_target.Kind.Noun}s{(total > 0 ? $" of this kind among {total:N0}" : "")}",
            (_, _, > 0) => $"{queue}: {_target.Kind.Count(more)} more; --limit N lists more of them, --all all",
            _ => null,
        };
        if (note is not null)
        {
            await _surroundings.Error.WriteLineAsync(note);
        }
    }
}
